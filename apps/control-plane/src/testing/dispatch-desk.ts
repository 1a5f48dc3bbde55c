import {
  failure,
  type CreateDispatch,
  type DispatchRecord,
  type OutpostError,
  type TerminalStatus,
} from '@outpost/contracts';
import type { BranchLookup, CapacityLimits, ControlPlatform } from '@outpost/platform';
import {
  CLAIMED,
  costEvent,
  createTemporaryLocalPlatform,
  ending,
  TEST_AT,
  TEST_EPOCH_MS,
  type TemporaryLocalPlatform,
} from '@outpost/platform/testing';
import { pino } from 'pino';
import { expect, vi } from 'vitest';
import { AuditLogger } from '../services/audit-logger.js';
import { Dispatcher, type Accepted } from '../services/dispatcher.js';
import { EventPublisher } from '../services/event-publisher.js';
import { FollowUps } from '../services/follow-ups.js';
import { PromotionsAhead } from '../services/promotion/promotions-ahead.js';
import { RepositoryCheck } from '../services/repository-check.js';
import { SecretInjector } from '../services/secret-injector.js';
import { WorkspaceHandler } from '../services/workspace-handler.js';
import { promotionLease } from './promotion-lease.js';
import { tenantsOf } from './tenants-of.js';

export const PRINCIPAL = { tenantId: 'acme', apiKeyId: 'key-1', scopes: ['dispatch'] } as const;
export const REQUEST: CreateDispatch = {
  agent: 'claude',
  task: 'Write a test for the empty cart.',
  contextLevel: 'standard',
  timeoutSeconds: 600,
  tags: { team: 'core', area: 'cart' },
};
export const ROOMY: CapacityLimits = { perAgent: 100, perTenant: 100 };
export const FULL: CapacityLimits = { perAgent: 0, perTenant: 0 };

/** The Dispatcher on the stores of this machine, with nobody behind it: what it asks of others is looked at. */
export class DispatchDesk {
  readonly local: TemporaryLocalPlatform;
  readonly platform: ControlPlatform;
  /** The default branch of each repository that can be reached. */
  branches: Readonly<Record<string, string>> = { 'octocat/hello': 'main' };
  readonly launchSoon = vi.fn<(record: DispatchRecord) => void>();
  readonly stopCancelled = vi.fn<(record: DispatchRecord) => Promise<void>>(async () => undefined);
  readonly poke = vi.fn<() => void>();
  readonly availability = vi.fn<ControlPlatform['inventory']['availability']>(async () => ({
    available: true,
  }));

  private constructor(local: TemporaryLocalPlatform) {
    this.local = local;
    this.platform = local.open();
  }

  static async open(): Promise<DispatchDesk> {
    return new DispatchDesk(await createTemporaryLocalPlatform());
  }

  dispatcher(limits: CapacityLimits = ROOMY): Dispatcher {
    const { platform, launchSoon, stopCancelled, poke, availability } = this;
    const { clock } = this.local;
    const logger = pino({ level: 'silent' });
    const audit = new AuditLogger({ store: platform.audit, clock, logger });
    const secrets = new SecretInjector({ secrets: platform.secrets, audit });
    const repositories = {
      findBranch: async (params: { url: string; branch: string | undefined }) => this.#findBranch(params),
    };
    return new Dispatcher({
      dispatches: platform.dispatches,
      inventory: { availability },
      repositories: new RepositoryCheck({ repositories, secrets, tenants: tenantsOf({}), allowLocal: true }),
      secrets,
      followUps: new FollowUps(platform),
      workspaces: new WorkspaceHandler({
        store: platform.workspaces,
        volumes: platform.volumes,
        archives: platform.workspaceArchives,
        tenants: tenantsOf({}),
        audit,
        limits: { maxFiles: 1_000, maxPerTenant: 100 },
        clock,
        logger,
      }),
      promotionsAhead: new PromotionsAhead({
        ...platform,
        repositories,
        secrets,
        tenants: tenantsOf({}),
        promoter: { attempt: async () => expect.fail('Nothing is carried out at this desk.') },
        lease: promotionLease(platform),
        allowLocal: true,
        clock,
        logger,
      }),
      launcher: { launchSoon, stopCancelled },
      scheduler: { poke },
      publisher: new EventPublisher({ ...platform, clock, logger }),
      tenants: tenantsOf({ maxConcurrent: limits.perTenant }),
      perAgent: limits.perAgent,
      clock,
    });
  }

  async create(
    more: Partial<CreateDispatch> = {},
    idempotencyKey?: string,
    limits?: CapacityLimits,
  ): Promise<Accepted> {
    const request = { ...REQUEST, ...more };
    return this.dispatcher(limits).create({ principal: PRINCIPAL, request, idempotencyKey });
  }

  async retry(dispatchId: string, idempotencyKey?: string): Promise<Accepted> {
    return this.dispatcher().retry({ principal: PRINCIPAL, dispatchId, idempotencyKey });
  }

  async cancel({ tenantId, dispatchId }: DispatchRecord): Promise<DispatchRecord> {
    return this.dispatcher().cancel({ tenantId, dispatchId });
  }

  async read({ tenantId, dispatchId }: DispatchRecord): Promise<DispatchRecord> {
    return (await this.platform.dispatches.get({ tenantId, dispatchId }))!;
  }

  async runs(): Promise<readonly DispatchRecord[]> {
    return (await this.platform.dispatches.list({ tenantId: 'acme', limit: 100 })).records;
  }

  async claim(record: DispatchRecord): Promise<DispatchRecord> {
    await this.platform.dispatches.move({ ...record, move: CLAIMED });
    return this.read(record);
  }

  async end(record: DispatchRecord, to: TerminalStatus = 'FAILED'): Promise<DispatchRecord> {
    await this.claim(record);
    const event = costEvent(record, to);
    await this.platform.dispatches.move({ ...record, move: ending(to), event });
    return this.read(record);
  }

  /** A worker took it and ran out of memory: its next attempt, on a larger tier, waits for its launch. */
  async relaunch(record: DispatchRecord): Promise<DispatchRecord> {
    const { tier } = await this.claim(record);
    const endedAt = new Date(TEST_EPOCH_MS + 60_000).toISOString();
    const outOfMemory = failure('out_of_memory', 'killed by SIGKILL');
    const move = {
      to: 'PENDING',
      pendingAt: endedAt,
      attempt: 2,
      attempts: [{ attempt: 1, tier, startedAt: TEST_AT, endedAt, failure: outOfMemory }],
      tier: 'flagship',
    } as const;
    await this.platform.dispatches.move({ ...record, move });
    return this.read(record);
  }

  async close(): Promise<void> {
    await this.local.cleanup();
  }

  #findBranch({ url, branch }: { url: string; branch: string | undefined }): BranchLookup {
    const found = Object.entries(this.branches).find(([repo]) => url.includes(repo))?.[1];
    return found === undefined
      ? { outcome: 'unreachable', message: 'gone' }
      : { outcome: 'found', branch: branch ?? found, commit: '0'.repeat(40) };
  }
}

export function bytesOf({ record }: Accepted): string {
  return JSON.stringify(record);
}

/** What a call is refused with; fails the test when it is not. */
export async function refusalOf(call: Promise<unknown>): Promise<OutpostError> {
  return call.then(
    () => expect.fail('It was not refused.'),
    (error: OutpostError) => error,
  );
}
