import { lstatSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { checkedSegment } from './segments.js';

/** Makes `root`/`segments` (0700 each). Throws on a name that could lead elsewhere, and on a symbolic link. */
export function privateDirectory(root: string, segments: Readonly<Record<string, string>>): string {
  let path = root;
  makeDirectory(path);
  for (const segment of checked(segments)) {
    path = join(path, segment);
    makeDirectory(path);
  }
  return path;
}

/** The same directory where it exists; never through a symbolic link. */
export function existingDirectory(
  root: string,
  segments: Readonly<Record<string, string>>,
): string | undefined {
  let path = root;
  for (const segment of checked(segments)) {
    path = join(path, segment);
    if (!isDirectory(path)) return undefined;
  }
  return path;
}

/** Whether this is a directory itself, not a link to one. */
export function isDirectory(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function checked(segments: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(segments).map(([name, value]) => checkedSegment(name, value));
}

function makeDirectory(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  if (!isDirectory(path)) throw new Error(`${path} is not a directory.`);
}
