import type { ChangeRemote, PushResult } from '../../ports/remote-changes.js';
import { GitError } from '../git-error.js';
import { parseRemoteRefs } from '../ls-remote.js';
import { describePushFailure, isTemporaryFailure } from '../remote-failure.js';
import type { ScratchRepository } from './scratch-repository.js';

const MAX_WORDS = 600;

export interface PushParams {
  readonly repository: ScratchRepository;
  readonly remote: ChangeRemote;
}

export async function branchAt(
  { repository, remote }: PushParams,
  branch: string,
): Promise<string | undefined> {
  const ref = `refs/heads/${branch}`;
  const output = await repository.git(['ls-remote', '--heads', '--', remote.url, ref], { isRemote: true });
  return parseRemoteRefs(output.toString()).branches.get(branch);
}

/** Pushes a commit as a branch, over just the commit `over`, or where there is none. Only tries it when `isDry`. */
export async function pushBranch(
  { repository, remote }: PushParams,
  params: {
    readonly commit: string;
    readonly branch: string;
    readonly over: string | undefined;
    readonly isDry?: boolean;
  },
): Promise<PushResult> {
  const { commit, branch, over, isDry = false } = params;
  const ref = `refs/heads/${branch}`;
  const options = [
    '--porcelain',
    '--no-verify',
    '--no-follow-tags',
    '--recurse-submodules=no',
    `--force-with-lease=${ref}:${over ?? ''}`,
    ...(isDry ? ['--dry-run'] : []),
  ];
  try {
    await repository.git(['push', ...options, '--', remote.url, `${commit}:${ref}`], { isRemote: true });
    return { outcome: 'pushed' };
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    return refusalOf(remote.url, error);
  }
}

/** A line of `--porcelain`: `!<TAB>from:to<TAB>[rejected] (stale info)`. */
function refusalOf(url: string, error: GitError): PushResult {
  const [, kind, why = ''] = /^!\t[^\t]*\t\[([^\]]+)\](?: \((.*)\))?$/m.exec(error.stdout.toString()) ?? [];
  if (kind === 'rejected') return { outcome: 'taken' };
  if (kind !== undefined) return { outcome: 'refused', message: inWordsOf(error.stderr, why) };
  const message = describePushFailure(url, error);
  return { outcome: 'unreachable', message, isTemporary: isTemporaryFailure(error) };
}

/** What the server has to say, on one line: it is somebody else's text. */
function inWordsOf(stderr: string, why: string): string {
  const said = stderr
    .split('\n')
    .flatMap((line) => /^remote: ?(.*)$/.exec(line)?.slice(1) ?? [])
    .join(' ');
  // oxlint-disable-next-line no-control-regex -- these are what must not reach a terminal
  const words = `${why}: ${said}`.replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').replaceAll(/\s+/g, ' ');
  return words.replace(/[: ]+$/, '').slice(0, MAX_WORDS);
}
