import { open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Says which generation last had the volume of a persistent workspace in hand. Where the agent cannot write. */
const FILE = 'generation';

/** 0 where nobody has been yet, or what they did is not there any more. */
export async function readGeneration(runnerDir: string): Promise<number> {
  const text = await readFile(join(runnerDir, FILE), 'utf8').catch(() => '');
  return /^\d+$/.test(text) ? Number(text) : 0;
}

/** Durable, and at once. */
export async function writeGeneration(runnerDir: string, generation: number): Promise<void> {
  const fresh = join(runnerDir, `${FILE}.new`);
  await rm(fresh, { force: true });
  await writeFile(fresh, String(generation), { mode: 0o600, flag: 'wx', flush: true });
  await rename(fresh, join(runnerDir, FILE));
  await syncDirectory(runnerDir);
}

/** Durable before anything else that is removed. */
export async function removeGeneration(runnerDir: string): Promise<void> {
  await rm(join(runnerDir, FILE), { force: true });
  await syncDirectory(runnerDir);
}

async function syncDirectory(path: string): Promise<void> {
  await using directory = await open(path, 'r');
  await directory.sync();
}
