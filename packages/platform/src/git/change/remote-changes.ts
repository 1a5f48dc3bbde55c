import { OutpostError } from '@outpost/contracts';
import type {
  AddedContent,
  ChangeRemote,
  PrepareChangeParams,
  PrepareChangeResult,
  ReadyChange,
  RemoteChanges,
  Unreachable,
} from '../../ports/remote-changes.js';
import type { GitHost } from '../environment.js';
import { GitError } from '../git-error.js';
import { describeRemoteFailure, isTemporaryFailure } from '../remote-failure.js';
import { displayUrl } from '../remote-access.js';
import { lookUpRemoteBranch } from '../repositories.js';
import { addedContent } from './added-content.js';
import { fetchOlder, fetchTip } from './base.js';
import { BadBundleError, receiveBundle, unpack } from './bundle.js';
import { isInside } from './own-places.js';
import { branchAt, pushBranch } from './push.js';
import { openScratchRepository, type ScratchGit, type ScratchRepository } from './scratch-repository.js';
import { mergeTrees, selectPaths } from './three-way.js';

export interface RemoteChangesOptions extends GitHost {
  /** For one change, from its bundle to its push. */
  readonly timeoutMs: number;
  /** Of what one fetch, or a bundle, may bring. */
  readonly maxBytes: number;
  /** Where agents can write, or what is Outpost's own: nothing is pushed to a path in there. */
  readonly keepOut?: string;
}

interface Work {
  readonly repository: ScratchRepository;
  readonly params: PrepareChangeParams;
  readonly options: RemoteChangesOptions;
  readonly signal: AbortSignal;
}

/** With the git of this machine. Needs git 2.38. */
export function createGitRemoteChanges(options: RemoteChangesOptions): RemoteChanges {
  return {
    async prepare(params) {
      const refusal = await refusalOf(params.remote, options);
      if (refusal !== undefined) {
        params.bundle.destroy();
        return { outcome: 'unreachable', message: refusal, isTemporary: false };
      }
      return withRepository(params.remote, options, (repository, signal) =>
        answering(params.remote.url, () => prepare({ repository, params, options, signal })),
      );
    },
    async checkPush({ remote, branch }) {
      const refusal = await refusalOf(remote, options);
      if (refusal !== undefined) return { outcome: 'unreachable', message: refusal, isTemporary: false };
      const signal = AbortSignal.timeout(options.timeoutMs);
      const repository = await openScratchRepository({ host: options, remote, signal });
      try {
        return await answering(remote.url, async () => {
          const over = await branchAt({ repository, remote }, branch);
          if (over !== undefined) return { outcome: 'taken' };
          const commit = await anyCommit(repository);
          return pushBranch({ repository, remote }, { commit, branch, over, isDry: true });
        });
      } finally {
        await repository.close();
      }
    },
  };
}

/** Keeps the repository for a change that is ready, and only for that. */
async function withRepository(
  remote: ChangeRemote,
  options: RemoteChangesOptions,
  work: (repository: ScratchRepository, signal: AbortSignal) => Promise<PrepareChangeResult>,
): Promise<PrepareChangeResult> {
  const signal = AbortSignal.timeout(options.timeoutMs);
  const repository = await openScratchRepository({ host: options, remote, signal });
  let result: PrepareChangeResult | undefined;
  try {
    result = await work(repository, signal);
    return result;
  } finally {
    if (result?.outcome !== 'ready') await repository.close();
  }
}

async function answering<T>(url: string, work: () => Promise<T>): Promise<T | Unreachable> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    const message = describeRemoteFailure(url, error);
    return { outcome: 'unreachable', message, isTemporary: isTemporaryFailure(error) };
  }
}

async function prepare(work: Work): Promise<PrepareChangeResult> {
  try {
    return await apply(work);
  } catch (error) {
    if (!(error instanceof BadBundleError)) throw error;
    return { outcome: 'bad_bundle', message: error.message };
  } finally {
    work.params.bundle.destroy();
  }
}

async function apply(work: Work): Promise<PrepareChangeResult> {
  const { repository, params, options, signal } = work;
  const { remote, base, baseCommit, paths } = params;
  const host = { ...options, remotes: { ...options.remotes, only: remote.hosts } };
  const found = await lookUpRemoteBranch({ ...remote, branch: base, host, signal });
  if (found.outcome !== 'found')
    return {
      outcome: 'base_missing',
      defaultBranch: found.outcome === 'empty' ? undefined : found.defaultBranch,
    };
  const fetching = { repository, remote, maxBytes: options.maxBytes, signal };
  const onto = await fetchTip(fetching, base);
  const { maxBytes } = options;
  const { header, packFile } = await receiveBundle({ ...params, directory: repository.directory, maxBytes });
  if (header.needsBase && onto !== baseCommit && !(await fetchOlder(fetching, base, baseCommit)))
    return { outcome: 'base_gone' };
  await unpack(repository, packFile, { tip: header.tip, baseCommit });
  const selection =
    paths === undefined
      ? { tree: `${header.tip}^{tree}` }
      : await selectPaths(repository, { base: baseCommit, tip: header.tip, paths });
  if ('unknown' in selection) return { outcome: 'unknown_paths', paths: selection.unknown };
  const sides = { base: `${baseCommit}^{tree}`, theirs: selection.tree, onto: `${onto}^{tree}` };
  const merged = onto === baseCommit ? selection : await mergeTrees(repository, sides);
  if ('conflicts' in merged) return { outcome: 'conflict', files: merged.conflicts };
  return commitTree(work, { tree: merged.tree, onto });
}

async function commitTree(
  { repository, params, signal }: Work,
  { tree, onto }: { readonly tree: string; readonly onto: string },
): Promise<PrepareChangeResult> {
  const { git } = repository;
  const { author, message, at, remote, baseCommit } = params;
  const [own, bases] = (await git(['rev-parse', tree, `${onto}^{tree}`])).toString().split('\n');
  if (own === bases) return { outcome: 'nothing' };
  const env = {
    GIT_AUTHOR_NAME: author.name,
    GIT_AUTHOR_EMAIL: author.email,
    GIT_AUTHOR_DATE: at,
    GIT_COMMITTER_NAME: author.name,
    GIT_COMMITTER_EMAIL: author.email,
    GIT_COMMITTER_DATE: at,
  };
  const commit = (await git(['commit-tree', tree, '-p', onto, '-F', '-'], { env, input: message }))
    .toString()
    .trim();
  const names = await git(['diff-tree', '-r', '-M', '-z', '--name-only', onto, commit]);
  const pushing = { repository, remote };
  const change: ReadyChange = {
    commit,
    baseCommit: onto,
    isRebased: onto !== baseCommit,
    filesChanged: names.toString('latin1').split('\0').length - 1,
    added: () => wholeContent(git, onto, commit),
    async branchAt(branch) {
      const found = await answering(remote.url, () => branchAt(pushing, branch));
      if (typeof found !== 'object') return found;
      throw new OutpostError(found.isTemporary ? 'SERVICE_UNAVAILABLE' : 'CONFLICT', `${found.message}.`);
    },
    async push({ branch, over }) {
      signal.throwIfAborted();
      return pushBranch(pushing, { commit, branch, over });
    },
    close: () => repository.close(),
  };
  return { outcome: 'ready', change };
}

async function* wholeContent(git: ScratchGit, onto: string, commit: string): AsyncGenerator<AddedContent> {
  try {
    yield* addedContent(git, onto, commit);
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    const message =
      'The change is too large to be looked through for secrets. Promote parts of it, with paths.';
    throw new OutpostError('CONFLICT', message, { cause: error });
  }
}

async function refusalOf(
  remote: ChangeRemote,
  { keepOut }: RemoteChangesOptions,
): Promise<string | undefined> {
  if (!(await isInside(remote.url, keepOut))) return undefined;
  return `could not push to ${displayUrl(remote.url)}: it lies in the data directory of Outpost`;
}

/** So that there is something to try a push with. */
async function anyCommit({ git }: ScratchRepository): Promise<string> {
  const tree = (await git(['mktree'], { input: '' })).toString().trim();
  const identity = { NAME: 'Outpost', EMAIL: 'outpost@localhost', DATE: '1970-01-01T00:00:00Z' };
  const env = Object.fromEntries(
    Object.entries(identity).flatMap(([name, value]) => [
      [`GIT_AUTHOR_${name}`, value],
      [`GIT_COMMITTER_${name}`, value],
    ]),
  );
  return (await git(['commit-tree', tree, '-m', 'Nothing'], { env })).toString().trim();
}
