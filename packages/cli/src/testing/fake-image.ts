import { execa } from 'execa';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig, type CliConfig } from '../config.js';

export interface FakeImages extends AsyncDisposable {
  /** Root of everything: temporary. */
  readonly directory: string;
  readonly imagesDir: string;
  readonly config: CliConfig;
  /** Pins a release of a fake codex, packed into a local tarball: npm needs no registry for it. */
  pinCodex(release: FakeRelease): Promise<void>;
}

export interface FakeRelease {
  readonly version: string;
  /** What `codex --version` prints, when it lies. */
  readonly says?: string;
  /** The package manifest's `setup` script. */
  readonly setup?: string;
}

/** A stand-in for infra/images, and a data directory to install into. */
export async function fakeImages(): Promise<FakeImages> {
  const directory = await mkdtemp(join(tmpdir(), 'outpost-cli-test-'));
  const imagesDir = join(directory, 'images');
  const environment = {
    PATH: process.env['PATH'],
    HOME: directory,
    OUTPOST_DATA_DIR: join(directory, 'data'),
  };
  const config = readConfig({
    ...environment,
    npm_config_offline: 'true',
    npm_config_cache: join(directory, 'npm'),
  });
  return {
    directory,
    imagesDir,
    config,
    pinCodex: (release) => pinCodex({ directory, imagesDir, config, release }),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}

async function pinCodex(params: {
  readonly directory: string;
  readonly imagesDir: string;
  readonly config: CliConfig;
  readonly release: FakeRelease;
}): Promise<void> {
  const { directory, config, release } = params;
  const npm = async (args: readonly string[], cwd: string): Promise<void> => {
    await execa('npm', [...args], { cwd, env: { ...config.npm, ...config.base }, extendEnv: false });
  };
  const packageDir = join(directory, 'package');
  await mkdir(packageDir, { recursive: true });
  const { version } = release;
  await writeJson(join(packageDir, 'package.json'), {
    name: 'fake-codex',
    version,
    bin: { codex: 'codex.js' },
  });
  const script = `#!/usr/bin/env node\nconsole.log(${JSON.stringify(release.says ?? `codex-cli ${version}`)});\n`;
  await writeFile(join(packageDir, 'codex.js'), script, { mode: 0o755 });
  await npm(['pack', '--pack-destination', directory], packageDir);

  const imageDir = join(params.imagesDir, 'codex', 'cli');
  await rm(imageDir, { recursive: true, force: true });
  await mkdir(imageDir, { recursive: true });
  await writeJson(join(imageDir, 'package.json'), {
    name: 'image-codex',
    private: true,
    ...(release.setup !== undefined && { scripts: { setup: release.setup } }),
    dependencies: { 'fake-codex': `file:${join(directory, `fake-codex-${version}.tgz`)}` },
  });
  await npm(['install', '--package-lock-only'], imageDir);
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await writeFile(path, JSON.stringify(value));
}
