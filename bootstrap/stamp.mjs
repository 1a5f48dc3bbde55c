/**
 * A stamp says "this directory was completely installed from exactly these inputs". It is written last and lives in
 * the directory it speaks of, so an interrupted or deleted installation can never carry a valid one.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

/** A hash over named inputs; a length goes before every part, so no two lists of inputs can look alike. */
export function fingerprint(inputs) {
  const hash = createHash('sha256');
  for (const [name, content] of inputs) {
    for (const part of [name, content]) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  }
  return hash.digest('hex');
}

/** Whatever else decides which binaries an installation holds. */
export function platformInput() {
  return ['platform', `${process.platform} ${process.arch}`];
}

export function fileInput(root, file) {
  return [file, readFileSync(path.join(root, file), 'utf8')];
}

export function isStamped(file, expected) {
  return existsSync(file) && readFileSync(file, 'utf8') === expected;
}

export function writeStamp(file, value) {
  mkdirSync(path.dirname(file), { recursive: true });
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, value);
  renameSync(unfinished, file);
}

/** The `packages:` globs of pnpm-workspace.yaml, as far as this repository uses them: `dir/*` and plain paths. */
export function workspaceGlobs(yaml) {
  const [, list = ''] = /^packages:[ \t]*\n((?:[ \t]+-.*\n?|[ \t]*#.*\n|[ \t]*\n)*)/m.exec(yaml) ?? [];
  return [...list.matchAll(/^[ \t]+-[ \t]*['"]?([^'"#\s]+)/gm)].map(([, glob]) => glob);
}

/** Every workspace package's directory, relative to the root (itself first), in a stable order. */
export function workspacePackages(root) {
  const globs = workspaceGlobs(readFileSync(path.join(root, 'pnpm-workspace.yaml'), 'utf8'));
  const directories = globs.flatMap((glob) => {
    if (!glob.endsWith('/*')) return [glob];
    const parent = glob.slice(0, -2);
    if (!existsSync(path.join(root, parent))) return [];
    return readdirSync(path.join(root, parent)).map((name) => `${parent}/${name}`);
  });
  const packages = directories.filter((dir) => existsSync(path.join(root, dir, 'package.json')));
  return ['.', ...packages.sort()];
}
