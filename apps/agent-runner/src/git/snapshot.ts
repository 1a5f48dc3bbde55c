import { safeGit, type GitHost } from '@outpost/platform/git';
import { constants } from 'node:fs';
import { cp, copyFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { recordManifest } from './manifest.js';
import { snapshotGit } from './snapshot-git.js';

const RECORD_FILE = 'outpost.json';
const BASE_BRANCH = 'outpost-base';

/** All the configuration that collecting needs. */
const CONFIG = `[core]
\trepositoryformatversion = 0
\tfilemode = true
\tbare = true
`;

/** What git would read in its directory besides objects and refs, and what Outpost never puts there. */
const UNWANTED = [
  'hooks',
  'commondir',
  'config.worktree',
  'info/attributes',
  'objects/info/alternates',
  'refs/replace',
];

const RecordSchema = z.object({
  version: z.literal(1),
  branch: z.string(),
  baseCommit: z.string().regex(/^[0-9a-f]{40}$/),
  baseIsRemote: z.boolean(),
});

/** The runner's own git directory: the repository as it was before the agent came. */
export interface Snapshot {
  readonly snapshotDir: string;
  readonly branch: string;
  /** What every change is a change against. */
  readonly baseCommit: string;
  /** Whether the remote has the base too; else it is Outpost's own empty commit. */
  readonly baseIsRemote: boolean;
}

export interface CreateSnapshotParams extends Snapshot {
  readonly host: GitHost;
  readonly repoDir: string;
  readonly signal: AbortSignal;
  /** What else has to be done in the repository before there is a snapshot: without it the clone is not whole. */
  readonly complete?: () => Promise<void>;
}

/** Copies what git knows, objects included: a link would let the agent change them. Trusts `repoDir`, so comes before the agent. */
export async function createSnapshot(params: CreateSnapshotParams): Promise<Snapshot> {
  const { host, repoDir, snapshotDir, signal, complete, ...record } = params;
  const fresh = `${snapshotDir}.new`;
  await rm(fresh, { recursive: true, force: true });
  await mkdir(join(fresh, 'refs/heads'), { recursive: true, mode: 0o700 });
  await writeFile(join(fresh, 'HEAD'), `ref: refs/heads/${BASE_BRANCH}\n`);
  await writeFile(join(fresh, 'refs/heads', BASE_BRANCH), `${record.baseCommit}\n`);
  const gitDir = join(repoDir, '.git');
  await cp(join(gitDir, 'objects'), join(fresh, 'objects'), {
    recursive: true,
    mode: constants.COPYFILE_FICLONE,
  });
  await copyFile(join(gitDir, 'shallow'), join(fresh, 'shallow')).catch(ignoreMissing);
  await restoreConfig(fresh, []);
  await recordManifest({
    git: snapshotGit({ host, snapshotDir: fresh, signal }),
    snapshotDir: fresh,
    repoDir,
    baseCommit: record.baseCommit,
  });
  await writeFile(join(fresh, RECORD_FILE), JSON.stringify({ version: 1, ...record }));
  await complete?.();
  // At last and at once: a snapshot that is there is whole.
  await rm(snapshotDir, { recursive: true, force: true });
  await rename(fresh, snapshotDir);
  return { snapshotDir, ...record };
}

/** Undefined when there is none. */
export async function readSnapshot(snapshotDir: string): Promise<Snapshot | undefined> {
  const text = await readFile(join(snapshotDir, RECORD_FILE), 'utf8').catch(() => undefined);
  const parsed = RecordSchema.safeParse(text === undefined ? undefined : parseJson(text));
  if (!parsed.success) return undefined;
  const { branch, baseCommit, baseIsRemote } = parsed.data;
  return { snapshotDir, branch, baseCommit, baseIsRemote };
}

/** Puts the snapshot's configuration back: without a sandbox, an agent can write wherever the runner can. */
export async function restoreConfig(snapshotDir: string, exclude: readonly string[]): Promise<void> {
  for (const name of UNWANTED) await rm(join(snapshotDir, name), { recursive: true, force: true });
  await writeAnew(join(snapshotDir, 'config'), CONFIG);
  await mkdir(join(snapshotDir, 'info'), { recursive: true });
  await writeAnew(join(snapshotDir, 'info/exclude'), exclude.map((pattern) => `${pattern}\n`).join(''));
}

export interface RecentCommit {
  readonly commit: string;
  readonly subject: string;
  readonly author: string;
  /** ISO 8601. */
  readonly date: string;
}

/** The last commits up to the base, newest first. */
export async function recentCommits(params: {
  readonly host: GitHost;
  readonly snapshot: Snapshot;
  readonly limit: number;
  readonly signal?: AbortSignal | undefined;
}): Promise<readonly RecentCommit[]> {
  const { host, snapshot, limit, signal } = params;
  const { snapshotDir, baseCommit, baseIsRemote } = snapshot;
  if (!baseIsRemote) return [];
  const git = safeGit({ host, baseDir: snapshotDir, env: { GIT_DIR: snapshotDir }, signal });
  const format = { commit: '%H', subject: '%s', author: '%an', date: '%cI' };
  const log = await git.log({ format, maxCount: limit, multiLine: false, [baseCommit]: null });
  return log.all;
}

// A link in its place is replaced, not followed.
async function writeAnew(path: string, content: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
  await writeFile(path, content, { flag: 'wx', mode: 0o600 });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
}
