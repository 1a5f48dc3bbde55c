import type { Promote, Promotion } from '@outpost/contracts';
import type { DispatchKey } from './dispatch-store.js';

export interface PromotionKey extends DispatchKey {
  readonly branch: string;
}

/** A dispatch on a branch, with what only Outpost needs. */
export interface PromotionRecord {
  readonly tenantId: string;
  /** As it is shown. */
  readonly shown: Promotion;
  /** What was asked for last. */
  readonly request: Promote;
  /** Commits that Outpost has pushed to the branch or was about to, the newest last: only over these may it push. */
  readonly ownCommits: readonly string[];
  /** Counts the writes, from 1. */
  readonly version: number;
  /** Epoch seconds after which the record may be deleted. */
  readonly ttl: number;
}

/** Promotions, durable. */
export interface PromotionStore {
  get(key: PromotionKey): Promise<PromotionRecord | undefined>;
  /** Writes version n over version n - 1, version 1 over nothing. False: another was faster, nothing is written. */
  put(record: PromotionRecord): Promise<boolean>;
  /** Of one dispatch, by their branches. */
  listOf(key: DispatchKey): Promise<readonly PromotionRecord[]>;
  /** Those that are WAITING or RUNNING and were asked for with their dispatch, of all tenants: for the Reconciler. */
  listDue(): Promise<readonly PromotionRecord[]>;
  /** Deletes one, or all of a dispatch. Idempotent. */
  remove(key: DispatchKey & { readonly branch?: string | undefined }): Promise<void>;
}

/** Whether the Reconciler has to see to it. */
export function isDue({ shown }: PromotionRecord): boolean {
  return shown.isAhead && (shown.status === 'WAITING' || shown.status === 'RUNNING');
}
