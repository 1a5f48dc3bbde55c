import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fingerprint, isStamped, workspaceGlobs, workspacePackages, writeStamp } from './stamp.mjs';
import { buildNote } from './workspace.mjs';

let root;
beforeEach(() => {
  root = mkdtempSync(path.join(os.tmpdir(), 'outpost-stamp-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('a stamp', () => {
  it('is valid for what it was written for, and nothing else', () => {
    const file = path.join(root, 'node_modules', '.stamp');
    expect(isStamped(file, 'a')).toBe(false);
    writeStamp(file, 'a');
    expect(isStamped(file, 'a')).toBe(true);
    expect(isStamped(file, 'b')).toBe(false);
  });

  it('goes when the directory it speaks of goes', () => {
    const file = path.join(root, 'node_modules', '.stamp');
    writeStamp(file, 'a');
    rmSync(path.join(root, 'node_modules'), { recursive: true });
    expect(isStamped(file, 'a')).toBe(false);
  });

  it('differs when a name, a content or the border between two inputs differs', () => {
    const lists = [
      [['a', 'x']],
      [['b', 'x']],
      [['a', 'y']],
      [['ax', '']],
      [
        ['a', 'x'],
        ['b', ''],
      ],
      [
        ['a', ''],
        ['x', 'b'],
      ],
    ];
    expect(new Set(lists.map(fingerprint)).size).toBe(lists.length);
    expect(fingerprint([['a', 'x']])).toBe(fingerprint([['a', 'x']]));
  });
});

describe('the workspace', () => {
  const yaml =
    "# All.\npackages:\n  - packages/*\n  # quoted\n  - 'infra/cdk'\n\nsavePrefix: ''\nother:\n  - not/this\n";

  it('reads the globs of pnpm-workspace.yaml', () => {
    expect(workspaceGlobs(yaml)).toEqual(['packages/*', 'infra/cdk']);
    expect(workspaceGlobs('savePrefix: x\n')).toEqual([]);
  });

  it('lists the directories that hold a package, the root first', () => {
    writeFileSync(path.join(root, 'pnpm-workspace.yaml'), yaml);
    for (const name of ['packages/b', 'packages/a', 'infra/cdk', 'packages/empty']) {
      mkdirSync(path.join(root, name), { recursive: true });
      if (!name.endsWith('empty')) writeFileSync(path.join(root, name, 'package.json'), '{}');
    }
    expect(workspacePackages(root)).toEqual(['.', 'infra/cdk', 'packages/a', 'packages/b']);
  });
});

describe('the line about a build', () => {
  it('says how much was new', () => {
    expect(buildNote(' Tasks:    7 successful, 7 total\nCached:    5 cached, 7 total\n')).toBe(
      '7 packages, 5 from the cache',
    );
    expect(buildNote('nothing we know')).toBe('done');
  });
});
