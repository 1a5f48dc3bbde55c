import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * An ES module that plays a warm worker: it says that it is idle, and is busy with what it is given until a file
 * `free-<dispatchId>` is in its data directory. With HANG it never comes on, with CRASH it ends at once.
 */
const SCRIPT = `
import { createLocalWorkerPlatform } from ${JSON.stringify(import.meta.resolve('@outpost/platform/local'))};
import { existsSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
const { OUTPOST_WORKER_ID: workerId, OUTPOST_DATA_DIR: dataDir, HANG, CRASH } = process.env;
const ending = new AbortController();
process.on('SIGTERM', () => process.exit(0));
if (CRASH !== undefined) process.exit(1);
if (HANG !== undefined) await new Promise(() => setInterval(() => {}, 1_000));
const platform = createLocalWorkerPlatform({
  dataDir,
  clock: { now: () => Date.now() },
  executables: { commands: {}, agentsDir: dataDir, path: '/usr/bin:/bin' },
  work: { workerId, stdin: process.stdin },
});
for (;;) {
  const next = await platform.assignments.next({ signal: ending.signal });
  if (next === undefined) process.exit(0);
  while (!existsSync(dataDir + '/free-' + next.dispatchId)) await pause(5);
}
`;

/** The command of such a worker, whose script is written into `directory`, which is made if need be. */
export function warmWorkerCommand(directory: string): readonly string[] {
  const script = join(directory, 'warm-worker.mjs');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  writeFileSync(script, SCRIPT);
  return [process.execPath, script];
}

/** Lets the worker that has the dispatch be idle again. */
export function freeWorkerOf(dataDir: string, dispatchId: string): void {
  writeFileSync(join(dataDir, `free-${dispatchId}`), '');
}
