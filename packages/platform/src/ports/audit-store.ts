import type { AuditAction, AuditEntry } from '@outpost/contracts';
import type { SecretReference } from './secret-store.js';

export interface ListAuditParams {
  readonly tenantId: string;
  /** Only entries of this action. */
  readonly action?: AuditAction | undefined;
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
  /** A repeat of an `auditId` changes nothing. The id is a ULID of the entry's time. */
  append(entry: AuditEntry): Promise<void>;
  /** Without entries that have expired. A cursor that no page answered is a VALIDATION_ERROR. */
  list(params: ListAuditParams): Promise<AuditPageResult>;
}

/** What a secret is called in an entry: `secret/tenants/DEPLOY_KEY` is one of the entry's own tenant. */
export function auditedSecret(reference: SecretReference): string {
  switch (reference.kind) {
    case 'agent':
      return `secret/agents/${reference.agent}`;
    case 'github':
      return 'secret/github';
    case 'git':
      return `secret/git/${reference.host}`;
    case 'tenant':
      return `secret/tenants/${reference.name}`;
  }
}
