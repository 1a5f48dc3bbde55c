import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';

/** Makes the data directory if need be (0700). Returns its absolute path. */
export function prepareDataDir(dataDir: string): string {
  const path = resolve(dataDir);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  return path;
}
