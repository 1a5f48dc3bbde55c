import { randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, linkSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { syncDirectory } from './append-file.js';
import { codeOf } from './errors.js';

/** The content of a file (0600) that is made on first use and then the same for all processes. */
export function loadOrMakeKey(path: string, make: () => string): string {
  return readKey(path) ?? makeKey(path, make());
}

function readKey(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** A whole file is linked into place, so of racing processes one wins and none reads half a key. */
function makeKey(path: string, content: string): string {
  const temporary = `${path}.${randomUUID()}`;
  const file = openSync(temporary, 'wx', 0o600);
  try {
    writeFileSync(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  try {
    linkSync(temporary, path);
    syncDirectory(dirname(path));
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
  const key = readKey(path);
  if (key === undefined) throw new Error(`${path} was removed while it was made.`);
  return key;
}
