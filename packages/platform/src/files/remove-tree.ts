import { chmodSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isDirectory } from './directories.js';

const OPTIONS = { recursive: true, force: true, maxRetries: 3, retryDelay: 50 } as const;
const REFUSALS: ReadonlySet<unknown> = new Set(['EACCES', 'EPERM', 'ENOTEMPTY']);

/**
 * Removes a directory with all that is in it, also what an agent made hard to remove. No process may write to it any
 * more. `rm` removes links themselves, never what they point to; it fails on a directory that may not be written.
 */
export async function removeTree(path: string): Promise<void> {
  try {
    await rm(path, OPTIONS);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && REFUSALS.has(error.code))) throw error;
    makeWritable(path);
    await rm(path, OPTIONS);
  }
}

/** The agent is dead by now, so no directory turns into a link between the look and the change of its mode. */
function makeWritable(directory: string): void {
  if (!isDirectory(directory)) return;
  chmodSync(directory, 0o700);
  for (const name of readdirSync(directory)) makeWritable(join(directory, name));
}
