import type { AuditEntry } from '@outpost/contracts';

export interface ListAuditParams {
  readonly tenantId: string;
  /** Only entries of this action. */
  readonly action?: string | undefined;
  /** ISO 8601: only entries at or after. */
  readonly since?: string | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export interface AuditPageResult {
  /** Newest first. */
  readonly entries: readonly AuditEntry[];
  readonly nextCursor: string | undefined;
}

/** What was done, by whom. Entries are only ever added, and expire. */
export interface AuditStore {
  /** A repeat of an `auditId` changes nothing. */
  append(entry: AuditEntry): Promise<void>;
  /** A cursor that this list did not answer is a VALIDATION_ERROR. */
  list(params: ListAuditParams): Promise<AuditPageResult>;
}
