import { join } from 'node:path';
import { OutpostError } from '@outpost/contracts';
import { GitError } from '../git-error.js';
import type { ScratchRepository } from './scratch-repository.js';

/** The names were checked with the pack; those that only other systems refuse are the repository's own business. */
const TAKE_ANY_NAME = ['-c', 'core.protectNTFS=false', '-c', 'core.protectHFS=false'];
const NOTHING = '0'.repeat(40);
const USAGE_ERROR = 129;
const NOBODY = {
  GIT_AUTHOR_NAME: 'Outpost',
  GIT_AUTHOR_EMAIL: 'outpost@localhost',
  GIT_AUTHOR_DATE: '1970-01-01T00:00:00Z',
  GIT_COMMITTER_NAME: 'Outpost',
  GIT_COMMITTER_EMAIL: 'outpost@localhost',
  GIT_COMMITTER_DATE: '1970-01-01T00:00:00Z',
};

interface ChangedFile {
  /** Bytes, as latin1. */
  readonly path: string;
  readonly mode: string;
  readonly oid: string;
}

/** The tree of `base` with only the changes up to `tip` that lie in `paths`, or the paths in which none lie. */
export async function selectPaths(
  { git, directory }: ScratchRepository,
  { base, tip, paths }: { readonly base: string; readonly tip: string; readonly paths: readonly string[] },
): Promise<{ readonly tree: string } | { readonly unknown: readonly string[] }> {
  const changed = changedFiles(await git(['diff-tree', '-r', '-z', '--no-renames', '--raw', base, tip]));
  const wanted = paths.map((path) => Buffer.from(path.replace(/\/$/, '')).toString('latin1'));
  const isIn = (file: string, path: string) => file === path || file.startsWith(`${path}/`);
  const unknown = paths.filter((_, index) => !changed.some(({ path }) => isIn(path, wanted[index]!)));
  if (unknown.length > 0) return { unknown };
  const selected = changed.filter(({ path }) => wanted.some((each) => isIn(path, each)));
  const lines = selected.map(({ mode, oid, path }) =>
    oid === NOTHING ? `0 ${NOTHING}\t${path}\0` : `${mode} ${oid} 0\t${path}\0`,
  );
  // Removals first: a file may have taken the place of a directory, or the other way round.
  const input = Buffer.from(
    lines.toSorted((a, b) => Number(b[0] === '0') - Number(a[0] === '0')).join(''),
    'latin1',
  );
  const env = { GIT_INDEX_FILE: join(directory, 'selection.index') };
  await git(['read-tree', base], { env });
  await git([...TAKE_ANY_NAME, 'update-index', '-z', '--index-info'], { env, input });
  return { tree: (await git([...TAKE_ANY_NAME, 'write-tree'], { env })).toString().trim() };
}

function changedFiles(output: Buffer): readonly ChangedFile[] {
  const fields = output.toString('latin1').split('\0');
  return fields.flatMap((field, index) => {
    const [, mode, , oid] = /^:\d+ (\d+) ([0-9a-f]+) ([0-9a-f]+) /.exec(field) ?? [];
    return mode === undefined ? [] : [{ mode, oid: oid!, path: fields[index + 1] ?? '' }];
  });
}

/** The tree of `onto` with what `theirs` changed since `base` (trees or commits); or the files that both changed. */
export async function mergeTrees(
  { git }: ScratchRepository,
  { base, theirs, onto }: { readonly base: string; readonly theirs: string; readonly onto: string },
): Promise<{ readonly tree: string } | { readonly conflicts: readonly string[] }> {
  const commit = async (tree: string, ...parents: string[]): Promise<string> => {
    const args = ['commit-tree', `${tree}^{tree}`, ...parents.flatMap((parent) => ['-p', parent]), '-m', '-'];
    return (await git(args, { env: NOBODY })).toString().trim();
  };
  // The branch was fetched without its history, so git could not tell where the two sides part: these say so.
  const root = await commit(base);
  const [ours, changed] = [await commit(onto, root), await commit(theirs, root)];
  try {
    const output = await git([
      'merge-tree',
      '--write-tree',
      '-z',
      '--name-only',
      '--no-messages',
      ours,
      changed,
    ]);
    return { tree: output.toString().split('\0')[0]!.trim() };
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    if (error.exitCode === USAGE_ERROR)
      throw new OutpostError(
        'SERVICE_UNAVAILABLE',
        'Promoting needs git 2.38 or later on the control plane.',
        {
          cause: error,
        },
      );
    if (error.exitCode !== 1) throw error;
    const [, ...files] = error.stdout.toString('utf8').split('\0');
    return { conflicts: [...new Set(files.filter((file) => file !== ''))] };
  }
}
