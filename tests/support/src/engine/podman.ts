import { execa } from 'execa';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PATH, REPOSITORY_ROOT } from '../outpost.js';

export const ENGINE_DIRECTORY = join(REPOSITORY_ROOT, '.outpost', 'tools', 'engine');
/** Debian's packages, unpacked: nothing is installed on this machine. */
const UNPACKED = join(ENGINE_DIRECTORY, 'root');
const PROGRAM_DIRECTORIES = ['usr/bin', 'usr/sbin'].map((path) => join(UNPACKED, path));
const PACKAGES = ['podman', 'runc', 'conmon', 'mmdebstrap'];
const DOWNLOAD_TIMEOUT_MS = 120_000;

/** A podman of the tests' own: no daemon, no registry, and nothing shared with one that this machine may have. */
export interface Podman {
  /** For what it starts, and for what uses its images. */
  readonly env: Readonly<Record<string, string>>;
  /** Where its sockets may lie: of this boot only, and with a short name. */
  readonly runDirectory: string;
  /** For what is to be kept. */
  readonly directory: string;
  /** Debian's hooks for mmdebstrap. */
  readonly hooksDirectory: string;
  run(program: string, args: readonly string[]): Promise<string>;
}

/** Rejects where it cannot be had, as without root or Debian. */
export async function openPodman(): Promise<Podman> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) throw new Error('it needs Linux, and root');
  await unpackPackages();
  const name = createHash('sha256').update(ENGINE_DIRECTORY).digest('hex').slice(0, 8);
  const runDirectory = `/run/outpost-test-${name}`;
  await mkdir(runDirectory, { recursive: true, mode: 0o700 });
  const env = await configure(runDirectory);
  return {
    env,
    runDirectory,
    directory: ENGINE_DIRECTORY,
    hooksDirectory: join(UNPACKED, 'usr', 'share', 'mmdebstrap', 'hooks'),
    run: async (program, args) =>
      (await execa(program, args, { env, extendEnv: false, stdin: 'ignore' })).stdout,
  };
}

/** All that these packages need and this machine has not, whatever Debian it is. */
async function unpackPackages(): Promise<void> {
  const done = join(ENGINE_DIRECTORY, 'unpacked');
  if (existsSync(done)) return;
  const archives = join(ENGINE_DIRECTORY, 'archives');
  await mkdir(join(archives, 'partial'), { recursive: true });
  const own = ['-o', `Dir::Cache::archives=${archives}`, '-o', 'Debug::NoLocking=1'];
  const download = ['install', '--download-only', '--yes', '--no-install-recommends', ...own, ...PACKAGES];
  const options = { timeout: DOWNLOAD_TIMEOUT_MS, stdin: 'ignore' } as const;
  const first = await execa('apt-get', download, { ...options, reject: false });
  if (first.failed) {
    // A new machine has no lists yet.
    await execa('apt-get', ['update'], options);
    await execa('apt-get', download, options);
  }
  for (const file of (await readdir(archives)).filter((each) => each.endsWith('.deb')))
    await execa('dpkg', ['-x', join(archives, file), UNPACKED], options);
  await rm(archives, { recursive: true });
  await writeFile(done, '');
}

/** Resolves with the environment in which all this counts. */
async function configure(runDirectory: string): Promise<Record<string, string>> {
  const home = join(ENGINE_DIRECTORY, 'home');
  const paths = [...PROGRAM_DIRECTORIES, ...PATH.split(':'), '/usr/sbin', '/sbin'];
  const programs = (name: string): string => JSON.stringify(paths.map((path) => join(path, name)));
  const libraries = join(UNPACKED, 'usr', 'lib', `${machineName()}-linux-gnu`);
  const inherited = [`PATH=${paths.join(':')}`, `LD_LIBRARY_PATH=${libraries}`];
  const files = {
    'containers.conf': `[containers]
default_ulimits = ["nofile=16384:16384", "nproc=4096:4096"]
log_driver = "k8s-file"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
tmp_dir = "${runDirectory}/libpod"
conmon_path = ${programs('conmon')}
conmon_env_vars = ${JSON.stringify(inherited)}
[engine.runtimes]
runc = ${programs('runc')}
[network]
network_backend = "cni"
network_config_dir = "${ENGINE_DIRECTORY}/networks"
`,
    'storage.conf': `[storage]
driver = "overlay"
graphroot = "${ENGINE_DIRECTORY}/storage"
runroot = "${runDirectory}/storage"
[storage.options.overlay]
# Else a mount stays, and the checkout cannot be deleted.
skip_mount_home = "true"
`,
    'registries.conf': 'unqualified-search-registries = []\n',
    'home/.config/containers/policy.json': '{ "default": [{ "type": "insecureAcceptAnything" }] }\n',
  };
  await mkdir(join(home, '.config', 'containers'), { recursive: true });
  for (const [name, content] of Object.entries(files)) await writeFile(join(ENGINE_DIRECTORY, name), content);
  return {
    HOME: home,
    PATH: paths.join(':'),
    LD_LIBRARY_PATH: libraries,
    CONTAINERS_CONF: join(ENGINE_DIRECTORY, 'containers.conf'),
    CONTAINERS_STORAGE_CONF: join(ENGINE_DIRECTORY, 'storage.conf'),
    CONTAINERS_REGISTRIES_CONF: join(ENGINE_DIRECTORY, 'registries.conf'),
  };
}

function machineName(): string {
  return process.arch === 'arm64' ? 'aarch64' : 'x86_64';
}
