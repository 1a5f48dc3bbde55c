import {
  hasScope,
  isTerminal,
  OutpostError,
  parseRepository,
  promotionBranch,
  type DispatchRecord,
  type DispatchSpec,
  type PromoteAhead,
  type Promotion,
} from '@outpost/contracts';
import {
  isDue,
  timestamp,
  type Clock,
  type DispatchKey,
  type DispatchStore,
  type PromotionKey,
  type PromotionRecord,
  type PromotionStore,
  type RemoteChanges,
  type Repositories,
} from '@outpost/platform';
import type { Logger } from 'pino';
import { promotionOrder, retriesLater } from '../../domain/promotable.js';
import type { Principal } from '../api-keys.js';
import { attempt } from '../attempt.js';
import type { SecretInjector } from '../secret-injector.js';
import type { Tenants } from '../tenants.js';
import type { Promoter } from './promoter.js';
import type { PromotionLease } from './promotion-lease.js';

/** Promotions of one round that are carried out at once. */
const AT_ONCE = 4;
/** After one that failed because something did not answer. */
const RETRY_PAUSE_MS = 30_000;
const GIVE_UP_MS = 3_600_000;
/** A promotion is written before its dispatch: one this old whose dispatch is not there has none. */
const ORPHAN_MS = 600_000;

export interface PromotionsAheadOptions {
  readonly dispatches: Pick<DispatchStore, 'getMany'>;
  readonly promotions: PromotionStore;
  readonly repositories: Repositories;
  readonly changes: RemoteChanges;
  readonly secrets: Pick<SecretInjector, 'gitToken'>;
  readonly tenants: Pick<Tenants, 'policyOf'>;
  readonly promoter: Pick<Promoter, 'attempt'>;
  readonly lease: PromotionLease;
  readonly allowLocal: boolean;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Promotions that are asked for with their dispatch: checked at once, carried out when it completes. */
export class PromotionsAhead {
  readonly #options: PromotionsAheadOptions;
  #underWay: Promise<void> | undefined;

  constructor(options: PromotionsAheadOptions) {
    this.#options = options;
  }

  /** Rejects what could not be pushed in the end, before anything is spent. `branch`: of the dispatch. */
  async check(params: {
    readonly principal: Principal;
    readonly repo: string | undefined;
    readonly branch: string | undefined;
    readonly promote: PromoteAhead;
  }): Promise<void> {
    const { principal, repo, branch, promote } = params;
    if (!hasScope(principal.scopes, 'promote'))
      throw new OutpostError(
        'AUTHORIZATION_ERROR',
        'body.promote needs the scope promote, which this API key does not have.',
      );
    const parsed = repo === undefined ? undefined : parseRepository(repo);
    if (repo === undefined || parsed === undefined) throw wrong('promote', 'needs a repo');
    const base = promote.base ?? branch;
    if (promote.branch !== undefined && promote.branch === base)
      throw wrong('promote.branch', 'is the base itself, and Outpost pushes only to branches of its own');
    const { secrets, tenants, repositories, changes } = this.#options;
    const { tenantId } = principal;
    const token = await secrets.gitToken({ tenantId, repo });
    const { repositoryHosts: hosts } = await tenants.policyOf(tenantId);
    const remote = { url: parsed.url, token, hosts };
    if (promote.base !== undefined) {
      const found = await repositories.findBranch({ ...remote, branch: promote.base });
      if (found.outcome !== 'found') throw wrong('promote.base', `${promote.base} is not in the repository`);
    }
    const wanted = promote.branch ?? promotionBranch('push-check');
    const pushed = await changes.checkPush({ remote, branch: wanted });
    if (pushed.outcome === 'taken' && promote.branch !== undefined)
      throw conflict('promote.branch', `${promote.branch} is in the repository already: name another branch`);
    if (pushed.outcome === 'unreachable' && pushed.isTemporary)
      throw new OutpostError('SERVICE_UNAVAILABLE', `body.promote cannot be checked: ${pushed.message}`, {
        retryAfterSeconds: 30,
      });
    if (pushed.outcome === 'refused' || pushed.outcome === 'unreachable')
      throw conflict('promote', `cannot be done: ${pushed.message}`);
  }

  /** Makes the promotion durable. Before its dispatch is: so none can be forgotten. */
  async plan(spec: DispatchSpec): Promise<void> {
    const { promotions, clock } = this.#options;
    const { tenantId, dispatchId, promote, ttl } = spec;
    if (promote === undefined) return;
    const at = timestamp(clock);
    const shown: Promotion = {
      dispatchId,
      branch: promote.branch ?? promotionBranch(dispatchId),
      base: promote.base ?? spec.branch ?? '',
      status: 'WAITING',
      isAhead: true,
      createdAt: at,
      updatedAt: at,
      ...(promote.paths !== undefined && { paths: promote.paths }),
    };
    await promotions.put({
      tenantId,
      shown,
      request: { dispatchId, ...promote },
      ownCommits: [],
      version: 1,
      ttl,
    });
  }

  /** Takes back what `plan` wrote for a dispatch that was not made. */
  async drop({ tenantId, dispatchId, promote }: DispatchSpec): Promise<void> {
    if (promote !== undefined) await this.#options.promotions.remove({ tenantId, dispatchId });
  }

  /** Begins to carry out what is due, unless that is under way. Does not wait for it: a push may take minutes. */
  tick(): void {
    this.#underWay ??= this.#carryOutDue().finally(() => {
      this.#underWay = undefined;
    });
  }

  /** Resolves when nothing is under way. */
  async settled(): Promise<void> {
    await this.#underWay;
  }

  async #carryOutDue(): Promise<void> {
    const { dispatches, promotions, logger } = this.#options;
    await attempt(logger, 'promote', async () => {
      const due = [...(await promotions.listDue())];
      // Most of them wait for their dispatch: so all are looked for at once.
      const keys = due.map(({ tenantId, shown: { dispatchId } }) => ({ tenantId, dispatchId }));
      const distinct = new Map(keys.map((key) => [textOf(key), key]));
      const records = await dispatches.getMany([...distinct.values()]);
      const found = new Map(records.map((record) => [textOf(record), record]));
      const seeTo = (each: PromotionRecord): Promise<void> =>
        this.#seeTo(each, found.get(textOf({ ...each, ...each.shown })));
      while (due.length > 0) await Promise.all(due.splice(0, AT_ONCE).map(seeTo));
    });
  }

  async #seeTo({ tenantId, shown }: PromotionRecord, record: DispatchRecord | undefined): Promise<void> {
    const { lease, tenants, clock, logger } = this.#options;
    const { dispatchId, branch, updatedAt } = shown;
    const key = { tenantId, dispatchId, branch };
    await attempt(logger, `promote ${dispatchId}`, async () => {
      if (record === undefined) return this.#removeOrphan(key, shown);
      const hasFailed = shown.failure !== undefined;
      if (
        !isTerminal(record.status) ||
        retriesLater({ now: clock.now(), updatedAt, hasFailed, pauseMs: RETRY_PAUSE_MS })
      )
        return;
      if ((await tenants.policyOf(tenantId)).isSuspended) return;
      await lease.tryHold(key, () => this.#carryOut(key, record));
    });
  }

  async #removeOrphan(key: PromotionKey, { createdAt }: Promotion): Promise<void> {
    const { promotions, clock } = this.#options;
    if (clock.now() - Date.parse(createdAt) > ORPHAN_MS) await promotions.remove(key);
  }

  async #carryOut(key: PromotionKey, record: DispatchRecord): Promise<void> {
    const { promotions, promoter, allowLocal, logger } = this.#options;
    const current = await promotions.get(key);
    if (current === undefined || !isDue(current)) return;
    const note = reasonToSkip(record);
    if (note !== undefined) return this.#conclude(current, { status: 'SKIPPED', note });
    try {
      await promoter.attempt(promotionOrder(record, current.request, allowLocal));
    } catch (error) {
      if (!(error instanceof OutpostError)) throw error;
      logger.info({ err: error, ...key }, 'not promoted');
      await this.#giveUp(key, record, error);
    }
  }

  /** What the Promoter left due, when that is in vain. */
  async #giveUp(key: PromotionKey, record: DispatchRecord, { code, message }: OutpostError): Promise<void> {
    const { promotions, clock } = this.#options;
    const current = await promotions.get(key);
    if (current === undefined || !isDue(current)) return;
    const endedAt = 'completedAt' in record ? Date.parse(record.completedAt) : 0;
    if (code === 'SERVICE_UNAVAILABLE' && clock.now() - endedAt < GIVE_UP_MS) return;
    await this.#conclude(current, { status: 'FAILED', failure: { code, message } });
  }

  async #conclude(current: PromotionRecord, end: Partial<Promotion>): Promise<void> {
    const { promotions, clock } = this.#options;
    const shown = { ...current.shown, ...end, updatedAt: timestamp(clock) };
    await promotions.put({ ...current, shown, version: current.version + 1 });
  }
}

function textOf({ tenantId, dispatchId }: DispatchKey): string {
  return `${tenantId}#${dispatchId}`;
}

function reasonToSkip(record: DispatchRecord): string | undefined {
  if (record.status !== 'COMPLETED') return `The dispatch is ${record.status}.`;
  return record.changes === undefined || record.changes.filesChanged === 0
    ? 'The dispatch changed nothing.'
    : undefined;
}

function wrong(field: string, message: string): OutpostError {
  return new OutpostError('VALIDATION_ERROR', `body.${field} ${message}`, {
    details: [{ path: `body.${field}`, message }],
  });
}

function conflict(field: string, message: string): OutpostError {
  return new OutpostError('CONFLICT', `body.${field} ${message}`, {
    details: [{ path: `body.${field}`, message }],
  });
}
