import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Whatever the tests make in the temporary directory lies in one of the run's own, and goes with it. */
export default function setUp(): () => void {
  const directory = mkdtempSync(join(tmpdir(), 'outpost-test-'));
  process.env['TMPDIR'] = directory;
  return () => rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
}
