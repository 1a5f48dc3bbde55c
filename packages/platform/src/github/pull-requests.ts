import { Octokit, RequestError } from 'octokit';
import { GitError } from '../git/git-error.js';
import type { GitHost } from '../git/environment.js';
import type { PullRequestParams, PullRequestResult, PullRequests } from '../ports/pull-requests.js';
import { guardedFetch } from './guarded-fetch.js';

const MAX_WORDS = 600;

export interface GitHubPullRequestsOptions extends Pick<GitHost, 'ambient' | 'remotes' | 'lookup'> {
  /** For one call of the API. */
  readonly timeoutMs: number;
}

interface OpenPullRequest {
  readonly number: number;
  readonly html_url: string;
  readonly node_id: string;
  readonly draft?: boolean | undefined;
  readonly base: { readonly ref: string };
}

/** By the API of GitHub and GitHub Enterprise Server. */
export function createGitHubPullRequests(options: GitHubPullRequestsOptions): PullRequests {
  return {
    async put(params) {
      try {
        return await withApi(options, params, (octokit) => put(octokit, params));
      } catch (error) {
        return failureOf(error, params);
      }
    },
  };
}

async function withApi<T>(
  options: GitHubPullRequestsOptions,
  { repository, token }: PullRequestParams,
  work: (octokit: Octokit) => Promise<T>,
): Promise<T> {
  const { apiUrl: url, host: repositoryHost } = repository;
  const guarded = await guardedFetch({ host: options, url, repositoryHost });
  const octokit = new Octokit({
    auth: token,
    baseUrl: url,
    userAgent: 'outpost',
    // Who promotes waits: a call that fails is told at once, and repeated by a repeat of the promotion.
    retry: { enabled: false },
    throttle: { enabled: false },
    log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
    request: {
      fetch: (target: string, init: object) =>
        guarded.fetch(target, { ...init, signal: AbortSignal.timeout(options.timeoutMs) }),
    },
  });
  try {
    return await work(octokit);
  } finally {
    await guarded.close();
  }
}

async function put(octokit: Octokit, params: PullRequestParams): Promise<PullRequestResult> {
  const found = await find(octokit, params);
  if (found !== undefined) return update(octokit, params, found);
  const { repository, head, base, title, body, isDraft: draft } = params;
  const { owner, name: repo } = repository;
  try {
    const { data } = await octokit.rest.pulls.create({ owner, repo, head, base, title, body, draft });
    return openOf(data);
  } catch (error) {
    // Another has opened it since.
    const now = isStatus(error, 422) ? await find(octokit, params) : undefined;
    if (now === undefined) throw error;
    return update(octokit, params, now);
  }
}

/** Of several, the one that leads to the same branch. */
async function find(
  octokit: Octokit,
  { repository, head, base }: PullRequestParams,
): Promise<OpenPullRequest | undefined> {
  const { owner, name: repo } = repository;
  const { data } = await octokit.rest.pulls.list({ owner, repo, head: `${owner}:${head}`, state: 'open' });
  return data.find((each) => each.base.ref === base) ?? data[0];
}

async function update(
  octokit: Octokit,
  { repository, base, title, body, isDraft }: PullRequestParams,
  found: OpenPullRequest,
): Promise<PullRequestResult> {
  const { owner, name: repo } = repository;
  const { number } = found;
  const { data } = await octokit.rest.pulls.update({ owner, repo, pull_number: number, base, title, body });
  if ((found.draft ?? false) === isDraft) return openOf(data);
  // Only GraphQL can turn a draft into none, and the other way round.
  const change = isDraft ? 'convertPullRequestToDraft' : 'markPullRequestReadyForReview';
  const mutation = `mutation ($id: ID!) { ${change}(input: { pullRequestId: $id }) { pullRequest { isDraft } } }`;
  await octokit.graphql(mutation, { id: found.node_id });
  return { ...openOf(data), isDraft };
}

function openOf({
  number,
  html_url: url,
  draft,
}: Pick<OpenPullRequest, 'number' | 'html_url' | 'draft'>): PullRequestResult & { readonly outcome: 'open' } {
  return { outcome: 'open', number, url, isDraft: draft ?? false };
}

function failureOf(error: unknown, { repository, token }: PullRequestParams): PullRequestResult {
  const { host } = new URL(repository.apiUrl);
  // octokit wraps what its fetch rejects with.
  const cause = error instanceof RequestError ? error.cause : error;
  if (cause instanceof GitError) return { outcome: 'refused', message: cause.message };
  const said = (error instanceof Error ? error.message : '').replaceAll(token, '***');
  if (error instanceof RequestError && error.status < 500) {
    const hint = HINTS[error.status] ?? '';
    // oxlint-disable-next-line no-control-regex -- it is somebody else's text
    const words = said.replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').slice(0, MAX_WORDS);
    return { outcome: 'refused', message: `${host} answered ${error.status}${hint}: ${words}` };
  }
  if (isGraphqlError(error)) return { outcome: 'refused', message: `${host}: ${said.slice(0, MAX_WORDS)}` };
  const status = error instanceof RequestError ? ` (${error.status})` : '';
  return { outcome: 'unreachable', message: `${host} does not answer${status}` };
}

const HINTS: Readonly<Record<number, string>> = {
  401: ' (the token is not valid there)',
  403: ' (the token needs the right to write pull requests)',
  404: ' (the repository is not there for this token)',
};

function isStatus(error: unknown, status: number): boolean {
  return error instanceof RequestError && error.status === status;
}

function isGraphqlError(error: unknown): boolean {
  return error instanceof Error && error.name === 'GraphqlResponseError';
}

function ignore(): void {
  // What octokit would print is in the error.
}
