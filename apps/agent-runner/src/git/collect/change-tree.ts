import { join } from 'node:path';
import type { RawPath } from '../raw-path.js';
import type { SnapshotGit, TreeEntry } from '../snapshot-git.js';
import type { StagedFile } from './staging.js';

/** The names are checked before (see dot-git.ts): a name that git refuses must not fail all the others. */
const TAKE_ANY_NAME = ['-c', 'core.protectNTFS=false', '-c', 'core.protectHFS=false'];

const NOTHING = '0'.repeat(40);

export interface ChangeTreeParams {
  readonly git: SnapshotGit;
  readonly scratchDir: string;
  readonly baseCommit: string;
  readonly base: ReadonlyMap<RawPath, TreeEntry>;
  readonly kept: ReadonlySet<RawPath>;
  readonly staged: readonly StagedFile[];
  readonly oids: ReadonlyMap<RawPath, string>;
}

/** The tree of the base with the change; resolves with the base's own when nothing changed. */
export async function writeChangeTree(params: ChangeTreeParams): Promise<string> {
  const { git, scratchDir, baseCommit, base, kept, staged, oids } = params;
  const env = { GIT_INDEX_FILE: join(scratchDir, 'index') };
  const present = new Set(staged.map(({ path }) => path));
  const removed = [...base.keys()].filter((path) => !kept.has(path) && !present.has(path));
  const lines = [
    // Removals first: a file may have taken the place of a directory, or the other way round.
    ...removed.map((path) => `0 ${NOTHING}\t${path}\0`),
    ...staged.map(({ path, mode }) => `${mode} ${oids.get(path) ?? ''} 0\t${path}\0`),
  ];
  await git(['read-tree', baseCommit], { env });
  if (lines.length > 0) {
    const input = Buffer.from(lines.join(''), 'latin1');
    await git([...TAKE_ANY_NAME, 'update-index', '-z', '--index-info'], { env, input });
  }
  return (await git([...TAKE_ANY_NAME, 'write-tree'], { env })).toString().trim();
}
