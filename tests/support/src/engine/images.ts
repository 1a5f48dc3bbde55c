import { execa } from 'execa';
import { cp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY_ROOT } from '../outpost.js';
import type { Podman } from './podman.js';

/** What `FROM` of the base image names in the place of Docker's own node:24. */
const NODE_IMAGE = 'localhost/outpost-node:24';
const NPM = 'npm@11.6.2';
const BUNDLED_NODE = join(
  REPOSITORY_ROOT,
  'bootstrap',
  'node_modules',
  `node-linux-${process.arch}`,
  'bin',
  'node',
);
/** Those that Debian's programs trust. */
const OWN_CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';
const LEFT_OUT = ['man', 'doc', 'locale'].map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`);

/** Debian with a Node, as far as images begin with it; made here, as there is no registry. Rejects where it cannot be. */
export async function makeNodeImage(podman: Podman): Promise<void> {
  const isThere = await podman.run('podman', ['image', 'exists', NODE_IMAGE]).then(
    () => true,
    () => false,
  );
  if (isThere) return;
  const archive = join(podman.directory, 'node.tar');
  const node = await layOutNode(podman);
  const { VERSION_CODENAME: suite = '' } = await debianRelease();
  await podman.run('mmdebstrap', [
    '--mode=root',
    '--variant=minbase',
    `--hook-dir=${join(podman.hooksDirectory, 'merged-usr')}`,
    '--dpkgopt=force-unsafe-io',
    ...LEFT_OUT,
    `--customize-hook=copy-in ${join(node, 'bin')} ${join(node, 'lib')} /usr/local`,
    suite,
    archive,
  ]);
  await podman.run('podman', ['import', '--change', 'CMD ["node"]', archive, NODE_IMAGE]);
  for (const used of [archive, node]) await rm(used, { recursive: true });
}

/** As `make install` of Node does. */
async function layOutNode({ directory }: Podman): Promise<string> {
  const node = join(directory, 'node');
  await rm(node, { recursive: true, force: true });
  await mkdir(join(node, 'bin'), { recursive: true });
  await cp(existsSync(BUNDLED_NODE) ? BUNDLED_NODE : process.execPath, join(node, 'bin', 'node'));
  await execa('npm', ['install', '--global', '--silent', '--prefix', node, NPM]);
  await rm(join(node, 'bin', 'npx'), { force: true });
  if (!existsSync(join(node, 'bin', 'npm')))
    await symlink('../lib/node_modules/npm/bin/npm-cli.js', join(node, 'bin', 'npm'));
  return node;
}

async function debianRelease(): Promise<Record<string, string | undefined>> {
  const lines = (await readFile('/etc/os-release', 'utf8')).matchAll(/^(\w+)="?([^"\n]*)"?$/gm);
  return Object.fromEntries([...lines].map(([, name, value]) => [name, value]));
}

/** Builds these of infra/images, as a user does, with these options. Resolves with what that says of each. */
export async function buildImages(
  podman: Podman,
  names: readonly string[],
  args: readonly string[] = [],
): Promise<readonly string[]> {
  const options = await registryOptions(podman);
  const env = {
    ...podman.env,
    OUTPOST_IMAGE_BUILDER: 'podman',
    OUTPOST_NODE_IMAGE: NODE_IMAGE,
    OUTPOST_IMAGE_BUILD_OPTIONS: options.join(' '),
  };
  const said: string[] = [];
  for (const name of names) {
    const { stdout } = await execa(process.execPath, ['../build.mjs', ...args], {
      cwd: join(REPOSITORY_ROOT, 'infra', 'images', name),
      env,
      extendEnv: false,
      stdin: 'ignore',
    });
    said.push(stdout);
  }
  return said;
}

/** Npm in a build is told what npm here is: which registry, and whose certificates to trust. */
async function registryOptions({ directory }: Podman): Promise<readonly string[]> {
  const { stdout } = await execa('npm', ['config', 'get', 'registry']);
  const certificates = [
    process.env['NODE_EXTRA_CA_CERTS'],
    process.env['SSL_CERT_FILE'],
    OWN_CERTIFICATES,
  ].find((path) => path !== undefined && existsSync(path));
  const file = join(directory, 'npmrc');
  const inside = '/etc/outpost-test-ca.crt';
  await writeFile(file, `registry=${stdout}\n${certificates === undefined ? '' : `cafile=${inside}\n`}`);
  const shown = (from: string, to: string): string => `--volume=${from}:${to}:ro`;
  return [shown(file, '/root/.npmrc'), ...(certificates === undefined ? [] : [shown(certificates, inside)])];
}
