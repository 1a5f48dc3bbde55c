import { execa } from 'execa';
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CliError } from '../cli-error.js';
import type { CliConfig } from '../config.js';
import type { BuildParams } from './build-params.js';
import { runTool } from './run-tool.js';
import { verifyVersion } from './verify.js';

const INSTALL_TIMEOUT_MS = 30 * 60_000;
// The pinned release supports Python 3.10 to 3.12; the default one of a machine may be newer or older.
const PYTHONS = ['python3', 'python3.12', 'python3.11', 'python3.10'];
const PROBE = 'import sys, venv, ensurepip; sys.exit(0 if (3, 10) <= sys.version_info[:2] <= (3, 12) else 1)';
const NEEDS_PYTHON =
  'aider needs Python 3.10, 3.11 or 3.12 with the venv module (on Debian and Ubuntu: python3-venv), and access to PyPI.';

/**
 * Finds the Python beside it, wherever the directory lies: pip would write the absolute path of the directory it
 * installed into, and an install moves once it is whole. To the shell the second line is an exec, to Python a string.
 * Not `python -m aider`: that imports modules from the working directory, which is the repository under change.
 */
const LAUNCHER = `#!/bin/sh
'''exec' "$(dirname -- "$(realpath -- "$0")")/python" "$0" "$@"
' '''
import sys
from aider.main import main
sys.exit(main())
`;

/** A Python that can run the pinned aider, or undefined. */
async function findPython(config: CliConfig): Promise<string | undefined> {
  for (const python of PYTHONS) {
    const options = {
      env: config.base,
      extendEnv: false,
      reject: false,
      stdin: 'ignore',
      timeout: 20_000,
    } as const;
    const { failed } = await execa(python, ['-c', PROBE], options);
    if (!failed) return python;
  }
  return undefined;
}

/** Why aider is not there, and how to get it. */
export async function aiderAdvice(config: CliConfig): Promise<string> {
  const python = await findPython(config);
  return python === undefined ? NEEDS_PYTHON : 'it comes from PyPI: npm run outpost -- agents install aider';
}

/** Installs aider from PyPI into a virtual environment in a directory, and starts it once. */
export async function buildAider({ pinned, directory, config, signal }: BuildParams): Promise<void> {
  const python = await findPython(config);
  if (python === undefined) throw new CliError(`Installing aider failed. ${NEEDS_PYTHON}`);
  const run = async (file: string, args: readonly string[]): Promise<void> => {
    await runTool({
      purpose: 'Installing aider',
      file,
      args,
      cwd: directory,
      env: { ...config.network, ...config.pip, ...config.base },
      timeoutMs: INSTALL_TIMEOUT_MS,
      signal,
      missing: NEEDS_PYTHON,
    });
  };
  const bin = join(directory, 'venv', 'bin');
  await run(python, ['-m', 'venv', join(directory, 'venv')]);
  const requirements = join(pinned.sourceDir, 'requirements.txt');
  await run(join(bin, 'python'), ['-m', 'pip', 'install', '--no-input', '--quiet', '-r', requirements]);
  await writeFile(join(bin, 'aider'), LAUNCHER);
  await chmod(join(bin, 'aider'), 0o755);
  await mkdir(join(directory, 'bin'));
  await symlink('../venv/bin/aider', join(directory, 'bin', 'aider'));
  const executable = join(directory, 'bin', 'aider');
  await verifyVersion({ pinned, executable, path: config.base['PATH'] ?? '', signal });
}
