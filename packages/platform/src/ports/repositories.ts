export interface RemoteRepository {
  /** What git is given. */
  readonly url: string;
  /** Sent by askpass to that host only. */
  readonly token: string | undefined;
}

export type BranchLookup =
  | { readonly outcome: 'found'; readonly branch: string; readonly commit: string }
  | { readonly outcome: 'empty' }
  | { readonly outcome: 'branch_missing'; readonly defaultBranch: string | undefined }
  | { readonly outcome: 'unreachable'; readonly message: string };

/** Git remotes, asked before a dispatch is accepted. */
export interface Repositories {
  /** Looks the branch up (the remote's default without one). Never rejects because of the remote. */
  findBranch(
    params: RemoteRepository & {
      readonly branch: string | undefined;
      /** Patterns of hosts that it must be on, of those that the platform allows; undefined: any of them. */
      readonly hosts: readonly string[] | undefined;
    },
  ): Promise<BranchLookup>;
}
