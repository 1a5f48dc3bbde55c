import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ChangeRemote } from '../../ports/remote-changes.js';
import type { GitHost } from '../environment.js';
import { runGit, type RunGitParams } from '../run-git.js';

/** Nobody works on one for this long. */
const ABANDONED_MS = 3_600_000;

export type ScratchGit = (
  args: readonly string[],
  options?: Pick<RunGitParams, 'env' | 'input'> & {
    readonly isRemote?: boolean;
    readonly signal?: AbortSignal;
  },
) => Promise<Buffer>;

/** A bare repository for one change, without configuration, hooks or work tree: nothing in it can be run. */
export interface ScratchRepository {
  readonly directory: string;
  readonly git: ScratchGit;
  close(): Promise<void>;
}

export async function openScratchRepository(params: {
  readonly host: GitHost;
  readonly remote: ChangeRemote;
  readonly signal: AbortSignal;
}): Promise<ScratchRepository> {
  const { host, remote, signal } = params;
  const root = join(host.home, 'changes');
  await mkdir(root, { recursive: true, mode: 0o700 });
  await removeAbandoned(root);
  const directory = await mkdtemp(join(root, 'change-'));
  const git: ScratchGit = async (args, { isRemote = false, ...options } = {}) =>
    runGit({
      host: { ...host, remotes: { ...host.remotes, only: remote.hosts } },
      args,
      cwd: directory,
      signal: options.signal ?? signal,
      ...(options.input !== undefined && { input: options.input }),
      env: { GIT_DIR: directory, GIT_LITERAL_PATHSPECS: '1', ...options.env },
      ...(isRemote && { remote }),
    });
  const close = async (): Promise<void> => rm(directory, { recursive: true, force: true });
  try {
    await git(['init', '--quiet', '--bare', '--template=']);
  } catch (error) {
    await close();
    throw error;
  }
  return { directory, git, close };
}

/** Of a process that died. */
async function removeAbandoned(root: string): Promise<void> {
  for (const name of await readdir(root)) {
    const found = await stat(join(root, name)).catch(() => undefined);
    if (found !== undefined && Date.now() - found.mtimeMs > ABANDONED_MS)
      await rm(join(root, name), { recursive: true, force: true });
  }
}
