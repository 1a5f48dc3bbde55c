import { AGENTS } from '@outpost/contracts';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuildParams } from './build-params.js';
import { runTool } from './run-tool.js';
import { verifyVersion } from './verify.js';

const INSTALL_TIMEOUT_MS = 15 * 60_000;
// The native binaries are optional dependencies: a user's `omit=optional` must not take them away.
const CI = ['ci', '--ignore-scripts', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'];
const SETUP = ['run', 'setup', '--silent'];

/** Installs an npm CLI from its lock into a directory, sets it up and starts it once. */
export async function buildNpmAgent({ pinned, directory, config, signal }: BuildParams): Promise<void> {
  for (const name of ['package.json', 'package-lock.json']) {
    await copyFile(join(pinned.sourceDir, name), join(directory, name));
  }
  const npm = async (args: readonly string[]): Promise<void> => {
    await runTool({
      purpose: `Installing ${pinned.agent}`,
      file: 'npm',
      args,
      cwd: directory,
      env: { ...config.network, ...config.npm, ...config.base },
      timeoutMs: INSTALL_TIMEOUT_MS,
      signal,
      missing: 'Install Node.js with npm, and see that npm is on the PATH.',
    });
  };
  await npm(CI);
  // Install scripts stay off; what a package needs of them is named in its manifest.
  if (pinned.needsSetup) await npm(SETUP);
  const executable = join(directory, 'node_modules', '.bin', AGENTS[pinned.agent].executable);
  await verifyVersion({ pinned, executable, path: config.base['PATH'] ?? '', signal });
}
