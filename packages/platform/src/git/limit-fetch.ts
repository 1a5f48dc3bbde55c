import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

const LOOK_INTERVAL_MS = 500;

export interface FetchLimits {
  readonly gitDir: string;
  /** Of what one fetch may bring. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/** Runs a fetch into a git directory, and ends it when more comes than may: no server says beforehand how much it is. */
export async function limitFetch(
  { gitDir, maxBytes, signal }: FetchLimits,
  fetch: (signal: AbortSignal) => Promise<void>,
): Promise<'done' | 'too_large'> {
  const before = await packedBytes(gitDir);
  const tooMuch = new AbortController();
  const look = async (): Promise<void> => {
    if ((await packedBytes(gitDir)) - before > maxBytes) tooMuch.abort();
  };
  const timer = setInterval(() => void look(), LOOK_INTERVAL_MS);
  try {
    await fetch(AbortSignal.any([signal, tooMuch.signal]));
    await look();
  } catch (error) {
    if (!tooMuch.signal.aborted) throw error;
  } finally {
    clearInterval(timer);
  }
  return tooMuch.signal.aborted ? 'too_large' : 'done';
}

async function packedBytes(gitDir: string): Promise<number> {
  const directory = join(gitDir, 'objects/pack');
  const names = await readdir(directory).catch(() => []);
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(directory, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
