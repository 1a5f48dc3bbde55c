/** Steps two and three: the dependencies, exactly as locked, and the build. Both cost nothing when nothing changed. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { downloadAdvice } from './advice.mjs';
import { runStep } from './run.mjs';
import { fileInput, fingerprint, isStamped, platformInput, workspacePackages, writeStamp } from './stamp.mjs';

/** The programs we start, as files for Node: the shims in node_modules/.bin need a shell. */
export const TOOLS = {
  knip: 'node_modules/knip/bin/knip.js',
  oxlint: 'node_modules/oxlint/bin/oxlint',
  prettier: 'node_modules/prettier/bin/prettier.cjs',
  turbo: 'node_modules/turbo/bin/turbo',
  vitest: 'node_modules/vitest/vitest.mjs',
};

/** Without a network, fail within seconds and not minutes. */
const PNPM_OPTIONS = [
  '--loglevel=error',
  '--config.fetch-retry-mintimeout=1000',
  '--config.fetch-retry-maxtimeout=4000',
];

/** Installs from pnpm-lock.yaml. With a valid stamp pnpm is not even asked, so nothing can need the network. */
export async function installDependencies(root, { pnpm, env }) {
  const packages = workspacePackages(root);
  const manifests = packages.map((directory) => path.posix.join(directory, 'package.json'));
  const files = ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'bootstrap/package-lock.json', ...manifests];
  const wanted = fingerprint([platformInput(), ...files.map((file) => fileInput(root, file))]);
  const stamp = path.join(root, 'node_modules', '.outpost-stamp');
  if (isStamped(stamp, wanted) && arePresent(root, packages)) return { note: 'up to date' };

  await runStep(pnpm, ['install', '--frozen-lockfile', ...PNPM_OPTIONS], {
    cwd: root,
    env: { ...env, NODE_ENV: 'development' }, // With `production`, the build tools would be left out.
    advice: (output) => downloadAdvice('Installing the dependencies', output),
  });
  writeStamp(stamp, wanted);
  return { note: `${packages.length} packages linked` };
}

function arePresent(root, packages) {
  const needed = packages.filter((directory) => existsSync(path.join(root, directory, 'package.json')));
  const hasModules = (directory) => existsSync(path.join(root, directory, 'node_modules'));
  return Object.values(TOOLS).every((file) => existsSync(path.join(root, file))) && needed.every(hasModules);
}

/** Builds every package whose inputs changed; turbo takes the others from its cache in .turbo. */
export async function build(root, toolchain) {
  const output = await runStep(...turbo(root, toolchain, 'build'), {
    cwd: root,
    env: quietTurbo(toolchain.env),
    advice: () => 'The build failed. The messages above say where.',
  });
  return { note: buildNote(output) };
}

export function turbo(root, { node }, task) {
  return [node, [path.join(root, TOOLS.turbo), 'run', task, '--output-logs=errors-only']];
}

export function quietTurbo(env) {
  return { ...env, TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1', TURBO_NO_UPDATE_NOTIFIER: '1' };
}

/** "7 packages, 5 from the cache", out of turbo's own summary. */
export function buildNote(output) {
  const [, total] = /Tasks:\s+\d+ successful, (\d+) total/.exec(output) ?? [];
  const [, cached] = /Cached:\s+(\d+) cached/.exec(output) ?? [];
  return total === undefined ? 'done' : `${total} packages, ${cached ?? 0} from the cache`;
}
