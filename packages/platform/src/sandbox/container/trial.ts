import { execa } from 'execa';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chown } from 'node:fs/promises';
import type { Sandbox } from '../sandbox.js';

const TIMEOUT_MS = 60_000;
const MB = 1024 ** 2;

/** Runs something in a container as an agent would be run. Resolves with why that does not work here, for people. */
export async function tryContainer(sandbox: Sandbox): Promise<string | undefined> {
  const directory = await mkdtemp(join(tmpdir(), 'outpost-trial-'));
  const [cwd, scratchDir] = [join(directory, 'work'), join(directory, 'own')];
  for (const each of [cwd, scratchDir]) await mkdir(each, { mode: 0o700 });
  if (sandbox.user !== undefined) await chown(cwd, sandbox.user, sandbox.user);
  try {
    const script = 'git --version > git';
    const { file, args, close } = await sandbox.enter(
      { file: '/bin/sh', args: ['-c', script] },
      {
        dispatchId: `trial-${process.pid}`,
        cwd,
        writable: [cwd],
        readable: [],
        programs: [],
        scratchDir,
        maxProcesses: 100,
        maxFileBytes: MB,
        memoryBytes: 256 * MB,
        processors: 0.5,
        egress: undefined,
      },
    );
    const { failed, stderr } = await execa(file, args, { reject: false, timeout: TIMEOUT_MS });
    await close?.();
    if (failed) return `a container does not run here: ${stderr.trim().split('\n')[0] ?? ''}`;
    await readFile(join(cwd, 'git'));
    return undefined;
  } catch (error) {
    return `a container does not run here: ${error instanceof Error ? error.message : String(error)}`;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
