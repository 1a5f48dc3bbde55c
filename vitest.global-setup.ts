import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Holds the agents' CLIs; closed to others by whoever has run a control plane on it. */
const DATA_DIRECTORY = join(import.meta.dirname, '.outpost');

/** Whatever the tests make in the temporary directory lies in one of the run's own, and goes with it. */
export default function setUp(): () => void {
  const directory = mkdtempSync(join(tmpdir(), 'outpost-test-'));
  process.env['TMPDIR'] = directory;
  // As a control plane would, so that agents that have a user of their own get to their CLIs.
  if (existsSync(DATA_DIRECTORY)) chmodSync(DATA_DIRECTORY, 0o711);
  return () => rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
}
