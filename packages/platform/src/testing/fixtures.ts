import {
  auditEntryOf,
  costEventOf,
  type AuditEntry,
  type CostEvent,
  type DispatchRecord,
  type DispatchSpec,
  type Outcome,
  type TerminalStatus,
} from '@outpost/contracts';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { encodeTime, monotonicFactory } from 'ulid';
import type { CapacityLimits, CreateDispatchParams, StoredApiKey, WorkspaceRecord } from '../ports/index.js';
import { TEST_EPOCH_MS } from './settable-clock.js';

const nextUlid = monotonicFactory();
const nextAuditUlid = monotonicFactory();

export const TEST_AT = new Date(TEST_EPOCH_MS).toISOString();

/** Room for all. */
export const AMPLE: CapacityLimits = { perAgent: 1_000, perTenant: 1_000 };

/** An id that sorts after all that were made before it. */
export function newDispatchId(epochMs: number = TEST_EPOCH_MS): string {
  return nextUlid(epochMs);
}

export function dispatchSpec(overrides: Partial<DispatchSpec> = {}): DispatchSpec {
  return {
    dispatchId: newDispatchId(),
    tenantId: 'acme',
    agent: 'claude',
    modelId: 'claude-opus-4-5-20251101',
    tier: 'flagship',
    task: 'Write a test for the empty cart.',
    contextLevel: 'standard',
    workspaceMode: 'ephemeral',
    workspaceId: randomUUID(),
    timeoutSeconds: 600,
    tags: {},
    secrets: [],
    createdAt: TEST_AT,
    ttl: 1_900_000_000,
    ...overrides,
  };
}

/** Parameters of `create` for a spec with these fields. */
export function creation(
  spec: Partial<DispatchSpec> = {},
  rest: Partial<Omit<CreateDispatchParams, 'spec'>> = {},
): CreateDispatchParams {
  return { spec: dispatchSpec(spec), at: TEST_AT, limits: AMPLE, ...rest };
}

export function idempotency(key: string, body = 'body'): NonNullable<CreateDispatchParams['idempotency']> {
  const requestHash = createHash('sha256').update(body).digest('hex');
  return { key, requestHash, expiresAt: TEST_EPOCH_MS / 1_000 + 86_400 };
}

export const CLAIMED = {
  to: 'RUNNING',
  startedAt: TEST_AT,
  heartbeatAt: TEST_AT,
  stage: 'claim',
  taskArn: 'outpost:test:task/1',
} as const;

export function ending<To extends TerminalStatus>(
  to: To,
  outcome: Partial<Outcome> = {},
): { readonly to: To } & Outcome {
  return {
    to,
    completedAt: TEST_AT,
    exitCode: to === 'COMPLETED' ? 0 : null,
    errorMessage: null,
    ...outcome,
  };
}

export function costEvent(record: DispatchRecord, to: TerminalStatus = 'COMPLETED'): CostEvent {
  return costEventOf(record, ending(to));
}

/** The event of a dispatch that no store knows. */
export function looseCostEvent(): CostEvent {
  return costEvent({ ...dispatchSpec(), status: 'QUEUED' });
}

/** An id of just that time, which sorts after all that were made for it before. */
export function newAuditId(epochMs: number = TEST_EPOCH_MS): string {
  return encodeTime(epochMs, 10) + nextAuditUlid(TEST_EPOCH_MS).slice(10);
}

/** An entry of the time `epochMs`. */
export function auditEntry(overrides: Partial<AuditEntry> = {}, epochMs: number = TEST_EPOCH_MS): AuditEntry {
  const event = {
    tenantId: 'acme',
    actor: { kind: 'control_plane' },
    action: 'secret.inject',
    resource: 'secret/agents/claude',
    outcome: 'success',
    dispatchId: newDispatchId(),
  } as const;
  return { ...auditEntryOf({ auditId: newAuditId(epochMs), epochMs, event }), ...overrides };
}

export function storedApiKey(overrides: Partial<StoredApiKey> = {}): StoredApiKey {
  const key = `otp_${randomBytes(32).toString('hex')}`;
  return {
    apiKeyId: randomUUID(),
    tenantId: 'acme',
    keyHash: createHash('sha256').update(key).digest('hex'),
    keyPrefix: key.slice(0, 15),
    name: 'ci',
    scopes: ['dispatch', 'status'],
    status: 'active',
    createdAt: TEST_AT,
    usageCount: 0,
    ...overrides,
  };
}

export function workspaceRecord(overrides: Partial<WorkspaceRecord> = {}): WorkspaceRecord {
  return {
    tenantId: 'acme',
    workspaceId: randomUUID(),
    repo: 'octocat/hello-world',
    branch: 'main',
    createdAt: TEST_AT,
    lastUsedAt: TEST_AT,
    expiresAt: new Date(TEST_EPOCH_MS + 86_400_000).toISOString(),
    ...overrides,
  };
}
