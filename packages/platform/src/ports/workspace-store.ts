import type { WorkspaceArchive, WorkspaceUsage } from '@outpost/contracts';
import type { DispatchKey } from './dispatch-store.js';
import type { WorkspaceKey } from './workspace-volumes.js';

/** A persistent workspace. Times are ISO 8601. */
export interface WorkspaceRecord {
  readonly tenantId: string;
  readonly workspaceId: string;
  readonly repo?: string | undefined;
  readonly branch?: string | undefined;
  readonly createdAt: string;
  readonly lastUsedAt: string;
  readonly expiresAt: string;
  /** Since then no dispatch gets it, and its data goes. The record stays for a while to say so. */
  readonly deletedAt?: string | undefined;
  /** When the last of its data had gone. */
  readonly emptiedAt?: string | undefined;
}

/** What is known of the dispatches of a workspace. */
export interface WorkspaceUse {
  /** The dispatch that has it. */
  readonly heldBy?: string | undefined;
  /** How many wait for it. */
  readonly waiting: number;
  /** The one that was accepted last; it may have been deleted since. */
  readonly lastDispatchId?: string | undefined;
  /** What the last worker that was done in it found. */
  readonly usage?: WorkspaceUsage | undefined;
  /** The last that was made of it, whether or not there is something newer on its volume. */
  readonly archive?: StoredArchive | undefined;
  /** Counts the attempts of dispatches to work in it: from 1, 0 before the first. */
  readonly generation: number;
  /** Which of them last had the volume in hand: 0 before the first. */
  readonly volumeGeneration: number;
}

/** What a worker has packed of a workspace. */
export interface StoredArchive extends WorkspaceArchive {
  /** In which it was made. */
  readonly generation: number;
  /** Of the file. */
  readonly sha256: string;
}

export interface ListWorkspacesParams {
  readonly tenantId: string;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export interface WorkspacePageResult {
  /** Newest use first, without those that are deleted. */
  readonly workspaces: readonly WorkspaceRecord[];
  readonly nextCursor: string | undefined;
}

export type RetireResult =
  | { readonly outcome: 'retired'; readonly record: WorkspaceRecord }
  | { readonly outcome: 'in_use' }
  | { readonly outcome: 'missing' };

export interface WorkspaceStore {
  /** Writes or replaces. */
  put(workspace: WorkspaceRecord): Promise<void>;
  get(key: WorkspaceKey): Promise<WorkspaceRecord | undefined>;
  /** Moves its expiry on. Refused (`false`) when it is not there, or deleted. */
  touch(params: WorkspaceKey & { readonly lastUsedAt: string; readonly expiresAt: string }): Promise<boolean>;
  /** Rejects with VALIDATION_ERROR for a cursor that no page answered. From an index that may be behind by a moment. */
  list(params: ListWorkspacesParams): Promise<WorkspacePageResult>;
  /** Those of a tenant that are not deleted. */
  count(params: { readonly tenantId: string }): Promise<number>;
  useOf(key: WorkspaceKey): Promise<WorkspaceUse>;
  /**
   * Deletes it for all who would dispatch to it, unless a dispatch has it or waits for it: of a dispatch and this exactly
   * one wins. Its record then has `deletedAt`, and its data is the caller's to remove. A repeat finds the first `at`.
   */
  retire(params: WorkspaceKey & { readonly at: string }): Promise<RetireResult>;
  /** Deletes the record with all that is known of its use. For one that was retired long ago, or never used. */
  delete(key: WorkspaceKey): Promise<void>;
  /** Of all tenants, those that expired, or were deleted, before `now` (ISO 8601). */
  listExpired(params: { readonly now: string }): Promise<readonly WorkspaceRecord[]>;
}

/** A dispatch at work in a workspace, in which generation. */
export interface WorkspaceHold extends DispatchKey {
  readonly workspaceId: string;
  readonly generation: number;
}

/** The worker's side of what is known of a workspace. Each write is refused to whoever is not at work there any more. */
export interface WorkspaceReports {
  /** Begins the next generation. Undefined when the dispatch does not have the workspace. */
  begin(
    params: DispatchKey & { readonly workspaceId: string },
  ): Promise<Pick<WorkspaceUse, 'generation' | 'volumeGeneration' | 'archive'> | undefined>;
  /** From now on the volume has what is newest. Refused (`false`) when another generation has begun. */
  occupy(hold: WorkspaceHold): Promise<boolean>;
  /** What the workspace holds; and that this is all in an archive, too. Refused (`false`) as `occupy`. */
  report(
    params: WorkspaceHold & {
      readonly usage: WorkspaceUsage;
      readonly archive?: Omit<StoredArchive, 'generation'> | undefined;
    },
  ): Promise<boolean>;
}
