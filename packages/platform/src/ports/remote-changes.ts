import type { Readable } from 'node:stream';
import type { RemoteRepository } from './repositories.js';

export interface CommitIdentity {
  readonly name: string;
  readonly email: string;
}

export interface ChangeRemote extends RemoteRepository {
  /** Patterns of hosts that it must be on, of those that the platform allows; undefined: any of them. */
  readonly hosts: readonly string[] | undefined;
}

export interface PrepareChangeParams {
  readonly remote: ChangeRemote;
  readonly dispatchId: string;
  /** `repo.bundle` of the dispatch; read to its end, or destroyed. */
  readonly bundle: Readable;
  /** What the change is a change against. */
  readonly baseCommit: string;
  /** Branch of the remote that it is applied onto, as it is now. */
  readonly base: string;
  /** Files and directories of the change to take; all of it without. */
  readonly paths: readonly string[] | undefined;
  readonly author: CommitIdentity;
  readonly message: string;
  /** ISO 8601: the date of the commit. The same change on the same base gives the same commit. */
  readonly at: string;
}

export interface Unreachable {
  readonly outcome: 'unreachable';
  readonly message: string;
  /** Whether it may pass by itself. */
  readonly isTemporary: boolean;
}

export type PrepareChangeResult =
  | { readonly outcome: 'ready'; readonly change: ReadyChange }
  /** These files were changed on both sides. */
  | { readonly outcome: 'conflict'; readonly files: readonly string[] }
  /** The base has all of it already. */
  | { readonly outcome: 'nothing' }
  /** Paths that the change does not touch. */
  | { readonly outcome: 'unknown_paths'; readonly paths: readonly string[] }
  | { readonly outcome: 'base_missing'; readonly defaultBranch: string | undefined }
  /** The remote no longer has the commit that the change is against. */
  | { readonly outcome: 'base_gone' }
  /** The bundle is not what a worker writes. */
  | { readonly outcome: 'bad_bundle'; readonly message: string }
  | Unreachable;

/** What a commit adds to its base. */
export type AddedContent =
  | {
      readonly kind: 'text';
      readonly path: string;
      /** The added lines, and of each the number that it has in the file. */
      readonly lines: readonly { readonly number: number; readonly text: string }[];
    }
  | { readonly kind: 'binary'; readonly path: string; readonly bytes: Buffer };

export type PushResult =
  | { readonly outcome: 'pushed' }
  /** The branch is not where it was said to be. */
  | { readonly outcome: 'taken' }
  /** In the words of the server. */
  | { readonly outcome: 'refused'; readonly message: string }
  | Unreachable;

/**
 * A commit on the base, not pushed yet, in a repository of its own. What is asked of it may reject with an OutpostError:
 * SERVICE_UNAVAILABLE when the remote does not answer, CONFLICT when the change is too large to be looked at.
 */
export interface ReadyChange {
  readonly commit: string;
  /** The commit of the base that it stands on. */
  readonly baseCommit: string;
  /** Whether the base had moved. */
  readonly isRebased: boolean;
  readonly filesChanged: number;
  added(): AsyncIterable<AddedContent>;
  /** The commit of a branch of the remote; undefined when there is none. */
  branchAt(branch: string): Promise<string | undefined>;
  /** Pushes it as this branch, over just that commit: undefined is a branch that is not there yet. */
  push(params: { readonly branch: string; readonly over: string | undefined }): Promise<PushResult>;
  /** Deletes the repository. */
  close(): Promise<void>;
}

/** Takes changes of dispatches to git remotes. Nothing of a change is ever checked out. */
export interface RemoteChanges {
  prepare(params: PrepareChangeParams): Promise<PrepareChangeResult>;
  /** Whether a branch could be pushed, as far as the remote tells without a push. */
  checkPush(params: { readonly remote: ChangeRemote; readonly branch: string }): Promise<PushResult>;
}
