import type { Changes } from '@outpost/contracts';
import { copyFile, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { splitRecords } from '../raw-path.js';
import { identityVariables } from '../work-repository.js';
import type { SnapshotGit } from '../snapshot-git.js';
import { hasAmbiguousBlank, quoteHeaders } from './patch-headers.js';

/** The snapshot is bare, so that no attribute (`-diff`, `binary`, a driver) of anybody bends these. */
const DIFF = ['diff-tree', '-r', '-M', '--no-ext-diff', '--no-textconv', '--no-color', '--full-index'];

export interface ResultParams {
  readonly git: SnapshotGit;
  readonly scratchDir: string;
  readonly baseCommit: string;
  readonly tree: string;
}

export async function countChanges({ git, baseCommit, tree }: ResultParams): Promise<Changes> {
  const output = await git([...DIFF, '--numstat', baseCommit, tree]);
  const lines = output
    .toString('latin1')
    .split('\n')
    .filter((line) => line !== '');
  const counts = lines.map((line) => line.split('\t', 2).map((count) => (count === '-' ? 0 : Number(count))));
  const sum = (column: number) => counts.reduce((total, count) => total + (count[column] ?? 0), 0);
  return { baseCommit, filesChanged: counts.length, insertions: sum(0), deletions: sum(1) };
}

/** Applies with `git apply` on the base. Appears under its name at once and whole. */
export async function writePatch(params: ResultParams & { readonly patchFile: string }): Promise<void> {
  const { git, scratchDir, baseCommit, tree, patchFile } = params;
  const draft = join(scratchDir, 'changes.patch');
  await writeFile(draft, '', { mode: 0o600 });
  const prefixes = ['--src-prefix=a/', '--dst-prefix=b/'];
  await git([...DIFF, '-p', '--binary', ...prefixes, `--output=${draft}`, baseCommit, tree]);
  const names = splitRecords(await git([...DIFF, '--name-only', '-z', baseCommit, tree]));
  if (names.some(hasAmbiguousBlank)) await writeFile(draft, quoteHeaders(await readFile(draft)));
  await moveTo(draft, patchFile);
}

export interface BundleParams extends ResultParams {
  readonly bundleFile: string;
  readonly dispatchId: string;
  /** ISO 8601. */
  readonly at: string;
  /** Whoever has the remote has the base; else the bundle brings it along. */
  readonly baseIsRemote: boolean;
}

/** A bundle with one commit on the base, as `refs/heads/outpost/<dispatchId>`; resolves with the commit. */
export async function writeBundle(params: BundleParams): Promise<string> {
  const { git, scratchDir, baseCommit, tree, dispatchId, at, baseIsRemote } = params;
  const args = ['commit-tree', tree, '-p', baseCommit, '-m', `Changes of dispatch ${dispatchId}`];
  const commit = (await git(args, { env: identityVariables(at) })).toString().trim();
  const ref = `refs/heads/outpost/${dispatchId}`;
  await git(['update-ref', ref, commit]);
  const draft = join(scratchDir, 'repo.bundle');
  await git(['bundle', 'create', '--quiet', draft, ref, ...(baseIsRemote ? [`^${baseCommit}`] : [])]);
  await moveTo(draft, params.bundleFile);
  return commit;
}

async function moveTo(draft: string, target: string): Promise<void> {
  try {
    await rename(draft, target);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EXDEV')) throw error;
    await copyFile(draft, `${target}.new`);
    await rename(`${target}.new`, target);
    await rm(draft);
  }
}
