import { OutpostError } from '@outpost/contracts';
import { lstatSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** One name in a path: no separator, no `..`, no hidden file. */
const SEGMENT = /^[A-Za-z0-9_][A-Za-z0-9_.:@=+-]{0,127}$/;

/** Makes the data directory if need be (0700). Returns its absolute path. */
export function prepareDataDir(dataDir: string): string {
  const path = resolve(dataDir);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  return path;
}

export function isSegment(value: string): boolean {
  return SEGMENT.test(value) && !value.includes('..');
}

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

/** The value if it is fit to be one name in a path; else rejects it as the caller's mistake. */
export function checkedSegment(name: string, value: string): string {
  if (isSegment(value)) return value;
  throw new OutpostError(
    'VALIDATION_ERROR',
    `${name} must be 1 to 128 letters, digits or _.:@=+-, without "..".`,
  );
}

function makeDirectory(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  if (!isDirectory(path)) throw new Error(`${path} is not a directory.`);
}
