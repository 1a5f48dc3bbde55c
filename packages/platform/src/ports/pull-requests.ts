/** A repository on GitHub or on a GitHub Enterprise Server. */
export interface GitHubRepository {
  /** Of the repository's own URL. */
  readonly host: string;
  /** `https://api.github.com`, `https://<host>/api/v3`. */
  readonly apiUrl: string;
  readonly owner: string;
  readonly name: string;
}

export interface PullRequestParams {
  readonly repository: GitHubRepository;
  readonly token: string;
  /** Patterns of hosts that the repository must be on, of those that the platform allows; undefined: any of them. */
  readonly hosts: readonly string[] | undefined;
  /** The branch with the change, in the same repository. */
  readonly head: string;
  readonly base: string;
  readonly title: string;
  readonly body: string;
  readonly isDraft: boolean;
}

export type PullRequestResult =
  | { readonly outcome: 'open'; readonly number: number; readonly url: string; readonly isDraft: boolean }
  /** In the words of the API. */
  | { readonly outcome: 'refused'; readonly message: string }
  | { readonly outcome: 'unreachable'; readonly message: string };

/** Pull requests. */
export interface PullRequests {
  /** Brings the open pull request of the branch in line with this, or opens one: of many calls one opens it. */
  put(params: PullRequestParams): Promise<PullRequestResult>;
}
