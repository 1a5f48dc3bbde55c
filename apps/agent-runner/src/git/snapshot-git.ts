import { runGit, type GitHost } from '@outpost/platform/git';
import { rawPath, splitRecords, type RawPath } from './raw-path.js';

export interface SnapshotGitOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Uint8Array;
  readonly cwd?: string;
  readonly signal?: AbortSignal;
}

/** Runs git on the snapshot, and only ever on it: the repository's own .git is not looked for. */
export type SnapshotGit = (args: readonly string[], options?: SnapshotGitOptions) => Promise<Buffer>;

export function snapshotGit(params: {
  readonly host: GitHost;
  readonly snapshotDir: string;
  readonly signal: AbortSignal;
}): SnapshotGit {
  const { host, snapshotDir, signal } = params;
  return async (args, { env, input, cwd = snapshotDir, ...options } = {}) =>
    await runGit({
      host,
      args,
      cwd,
      env: { GIT_DIR: snapshotDir, GIT_LITERAL_PATHSPECS: '1', ...env },
      ...(input !== undefined && { input }),
      signal: options.signal ?? signal,
    });
}

/** A file, a link (120000) or a submodule (160000) of a tree. */
export interface TreeEntry {
  readonly mode: string;
  readonly oid: string;
}

export async function listTree(git: SnapshotGit, commit: string): Promise<Map<RawPath, TreeEntry>> {
  const entries = new Map<RawPath, TreeEntry>();
  for (const record of splitRecords(await git(['ls-tree', '-r', '-z', '--full-tree', commit]))) {
    const tab = record.indexOf('\t');
    const [mode = '', , oid = ''] = record.slice(0, tab).split(' ');
    entries.set(rawPath(Buffer.from(record.slice(tab + 1), 'latin1')), { mode, oid });
  }
  return entries;
}
