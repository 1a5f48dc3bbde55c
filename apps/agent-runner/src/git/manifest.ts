import { lstatSync, type BigIntStats } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { placeOf, splitRecords, type RawPath } from './raw-path.js';
import { listTree, type SnapshotGit } from './snapshot-git.js';

const MANIFEST_FILE = 'manifest';

/** How each file of the base lay in the work tree before the agent came: who still lies so need not be read. */
export type Manifest = ReadonlyMap<RawPath, string>;

export async function recordManifest(params: {
  readonly git: SnapshotGit;
  readonly snapshotDir: string;
  readonly repoDir: string;
  readonly baseCommit: string;
}): Promise<void> {
  const { git, snapshotDir, repoDir, baseCommit } = params;
  const records: string[] = [];
  for (const path of (await listTree(git, baseCommit)).keys()) {
    const stat = lstatSync(placeOf(repoDir, path), { bigint: true, throwIfNoEntry: false });
    const signature = stat?.isFile() === true ? signatureOf(stat) : undefined;
    if (signature !== undefined) records.push(`${signature} ${path}\0`);
  }
  await writeFile(join(snapshotDir, MANIFEST_FILE), records.join(''), 'latin1');
}

export async function readManifest(snapshotDir: string): Promise<Manifest> {
  const content = await readFile(join(snapshotDir, MANIFEST_FILE)).catch(() => Buffer.alloc(0));
  return new Map(
    splitRecords(content).map((record) => {
      const space = record.indexOf(' ');
      return [record.slice(space + 1) as RawPath, record.slice(0, space)];
    }),
  );
}

/**
 * Changes whenever the file does: a program can set the modification time, but not the time of the inode's change.
 * Undefined where the disk keeps times so coarsely that a change could hide within one tick.
 */
export function signatureOf(stat: BigIntStats): string | undefined {
  const { size, mode, ino, mtimeNs, ctimeNs } = stat;
  return ctimeNs % 1_000_000n === 0n ? undefined : [size, mode, ino, mtimeNs, ctimeNs].join('.');
}
