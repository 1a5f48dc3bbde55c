import { chmodSync, existsSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Holds the agents' CLIs; closed to others by whoever has run a control plane on it. */
const DATA_DIRECTORY = join(import.meta.dirname, '.outpost');

/** Linux has a file system in memory there; in containers often too small a one. */
const MEMORY = '/dev/shm';
const ENOUGH_BYTES = 1024 ** 3;

/** Whatever the tests make in the temporary directory lies in one of the run's own, and goes with it. */
export default function setUp(): () => void {
  const directory = mkdtempSync(join(tmpdir(), 'outpost-test-'));
  process.env['TMPDIR'] = directory;
  const memory = hasMemory() ? mkdtempSync(join(MEMORY, 'outpost-test-')) : directory;
  process.env['OUTPOST_TEST_MEMORY'] = memory;
  // As a control plane would, so that agents that have a user of their own get to their CLIs.
  if (existsSync(DATA_DIRECTORY)) chmodSync(DATA_DIRECTORY, 0o711);
  return () => {
    for (const each of [directory, memory]) rmSync(each, { recursive: true, force: true, maxRetries: 5 });
  };
}

function hasMemory(): boolean {
  if (!existsSync(MEMORY)) return false;
  const { bavail, bsize } = statfsSync(MEMORY);
  return bavail * bsize > ENOUGH_BYTES;
}
