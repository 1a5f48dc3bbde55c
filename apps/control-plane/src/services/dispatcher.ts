import {
  AGENTS,
  asAccepted,
  costEventOf,
  failure,
  isCancelRequested,
  isTerminal,
  lifecycleEventOf,
  LIMITS,
  OutpostError,
  type CreateDispatch,
  type DispatchRecord,
  type DispatchSpec,
  type RecordIn,
} from '@outpost/contracts';
import {
  timestamp,
  type AcceptedStatus,
  type AgentInventory,
  type CapacityLimits,
  type Clock,
  type DispatchKey,
  type DispatchStore,
  type IdempotencyClaim,
  type MoveResult,
} from '@outpost/platform';
import { monotonicFactory } from 'ulid';
import { requestAgain } from '../domain/repeat.js';
import { hasNotEnded, unreportedEnd } from '../domain/unreported-end.js';
import type { Principal } from './api-keys.js';
import { findDispatch } from './dispatch-log.js';
import type { EventPublisher } from './event-publisher.js';
import type { FollowUps } from './follow-ups.js';
import { conflictingKey, idempotencyClaim } from './idempotency.js';
import type { PromotionsAhead } from './promotion/promotions-ahead.js';
import type { RepositoryCheck } from './repository-check.js';
import type { Scheduler } from './scheduler.js';
import type { SecretInjector } from './secret-injector.js';
import type { TaskLauncher } from './task-launcher.js';
import type { Tenants } from './tenants.js';
import { noSuchWorkspace, type WorkspaceHandler, type WorkspacePlan } from './workspace-handler.js';

const DAY_SECONDS = 86_400;

// Ids of one millisecond still sort in the order in which they were given out: it is the order of the queue.
const newDispatchId = monotonicFactory();

interface DispatcherOptions {
  readonly dispatches: DispatchStore;
  readonly inventory: AgentInventory;
  readonly repositories: RepositoryCheck;
  readonly secrets: SecretInjector;
  readonly followUps: Pick<FollowUps, 'continued'>;
  readonly workspaces: WorkspaceHandler;
  readonly promotionsAhead: Pick<PromotionsAhead, 'check' | 'plan' | 'drop'>;
  readonly launcher: Pick<TaskLauncher, 'launchSoon' | 'stopCancelled'>;
  readonly scheduler: Pick<Scheduler, 'poke'>;
  readonly publisher: EventPublisher;
  readonly tenants: Pick<Tenants, 'policyOf'>;
  /** How many of one agent may hold a slot at once. */
  readonly perAgent: number;
  readonly clock: Clock;
}

export interface CreateParams {
  readonly principal: Principal;
  readonly request: CreateDispatch;
  readonly idempotencyKey: string | undefined;
}

export interface RetryParams {
  readonly principal: Principal;
  readonly dispatchId: string;
  readonly idempotencyKey: string | undefined;
}

export interface Accepted {
  /** As it was when it was accepted. */
  readonly record: DispatchRecord;
  /** Whether this is the first answer again. */
  readonly isReplay: boolean;
}

interface Order {
  readonly principal: Principal;
  readonly request: CreateDispatch;
  /** The dispatch that it repeats. */
  readonly retryOf?: string;
  readonly idempotency: IdempotencyClaim | undefined;
}

/** Accepts, repeats and cancels dispatches. */
export class Dispatcher {
  readonly #options: DispatcherOptions;

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  /** Resolves once the dispatch is durable; its launch follows. Whatever it rejects with, nothing was written. */
  async create({ principal, request, idempotencyKey }: CreateParams): Promise<Accepted> {
    const idempotency = this.#claim(idempotencyKey, request);
    const earlier = await this.#earlier(principal.tenantId, idempotency);
    return earlier ?? this.#accept({ principal, request, idempotency });
  }

  /**
   * The input of a dispatch that has ended, once more, as by `create`. Rejects with NOT_FOUND for a dispatch or a
   * workspace that is not there, and with CONFLICT for a dispatch that has not ended.
   */
  async retry({ principal, dispatchId, idempotencyKey }: RetryParams): Promise<Accepted> {
    const { tenantId } = principal;
    const idempotency = this.#claim(idempotencyKey, { retryOf: dispatchId });
    const earlier = await this.#earlier(tenantId, idempotency);
    if (earlier !== undefined) return earlier;
    const record = await findDispatch(this.#options.dispatches, { tenantId, dispatchId });
    if (!isTerminal(record.status)) throw notEnded(record);
    try {
      const request = requestAgain(record);
      return await this.#accept({ principal, request, retryOf: dispatchId, idempotency });
    } catch (error) {
      throw asOfDispatch(dispatchId, error);
    }
  }

  /** CANCELLED at once when no worker has it yet; else the worker is told to end, and the record says since when. */
  async cancel({ tenantId, dispatchId }: DispatchKey): Promise<DispatchRecord> {
    const { dispatches, launcher } = this.#options;
    let record = await findDispatch(dispatches, { tenantId, dispatchId });
    // It may move on between being read and being written. Its attempts are limited, and so are the rounds of this.
    while (hasNotEnded(record) && !isCancelRequested(record)) {
      const result = await (record.status === 'RUNNING'
        ? this.#requestCancellation(record)
        : this.#cancelWaiting(record));
      record = result.outcome === 'missing' ? await findDispatch(dispatches, record) : result.record;
    }
    if (isTerminal(record.status) && record.status !== 'CANCELLED') throw alreadyEnded(record);
    await launcher.stopCancelled(record);
    return record;
  }

  async #accept(asked: Order): Promise<Accepted> {
    const { dispatches, launcher, scheduler, workspaces, followUps, promotionsAhead } = this.#options;
    const { principal, idempotency } = asked;
    const { tenantId } = principal;
    const limits = await this.#limitsOf(tenantId);
    const order = { ...asked, request: await followUps.continued({ tenantId, request: asked.request }) };
    const plan = await this.#check(order);
    await workspaces.keep({ tenantId, plan });
    const spec = this.#spec(order, plan);
    await promotionsAhead.plan(spec);
    const result = await dispatches.create({
      spec,
      // A replay finds this time in the dispatch, where it is always.
      at: spec.createdAt,
      limits,
      ...(idempotency !== undefined && { idempotency }),
    });
    // Another was faster: the workspace that was made for this one is nobody's.
    if (result.outcome !== 'created') {
      await workspaces.drop({ tenantId, plan });
      await promotionsAhead.drop(spec);
    }
    if (result.outcome === 'workspace_gone') throw noSuchWorkspace(plan.workspaceId);
    if (result.outcome === 'conflict') throw conflictingKey(result.dispatchId);
    if (result.outcome === 'replayed') return replayOf(result);
    const { record } = result;
    workspaces.recordCreation(principal, plan, record.dispatchId);
    if (record.status === 'PENDING') launcher.launchSoon(record);
    // The slot that it was refused may be free by now, with nobody else to notice.
    else scheduler.poke();
    return { record: asAccepted(record, acceptedStatus(record)), isReplay: false };
  }

  /** It may be with a worker by the time that this is written; then that is refused, and the caller sees why. */
  async #cancelWaiting(record: RecordIn<'QUEUED'> | RecordIn<'PENDING'>): Promise<MoveResult> {
    const { dispatches, publisher, scheduler, clock } = this.#options;
    const { tenantId, dispatchId, status } = record;
    const why = failure('cancelled', 'Cancelled before it started.');
    const move = { to: 'CANCELLED', ...unreportedEnd(record, why, timestamp(clock)) } as const;
    const event = costEventOf(record, move);
    // What it cost so far and its tier are those of this attempt.
    const fence = status === 'PENDING' ? { attempt: record.attempt } : {};
    const result = await dispatches.move({ tenantId, dispatchId, move, during: [status], fence, event });
    if (result.outcome !== 'moved') return result;
    scheduler.poke();
    await publisher.publish(lifecycleEventOf(result.record), event);
    return result;
  }

  async #requestCancellation({ tenantId, dispatchId }: RecordIn<'RUNNING'>): Promise<MoveResult> {
    const { dispatches, clock } = this.#options;
    return dispatches.annotate({
      tenantId,
      dispatchId,
      during: ['RUNNING'],
      set: { cancelRequestedAt: timestamp(clock) },
    });
  }

  #claim(key: string | undefined, request: object): IdempotencyClaim | undefined {
    return key === undefined ? undefined : idempotencyClaim({ key, request, now: this.#options.clock.now() });
  }

  async #earlier(tenantId: string, claim: IdempotencyClaim | undefined): Promise<Accepted | undefined> {
    if (claim === undefined) return undefined;
    const { dispatches, clock } = this.#options;
    const now = Math.floor(clock.now() / 1000);
    const earlier = await dispatches.findByIdempotencyKey({ tenantId, key: claim.key, now });
    if (earlier === undefined) return undefined;
    const { dispatchId, requestHash, acceptedAs } = earlier;
    if (requestHash !== claim.requestHash) throw conflictingKey(dispatchId);
    const record = await dispatches.get({ tenantId, dispatchId });
    return record && replayOf({ record, acceptedAs });
  }

  async #check({ principal, request }: Order): Promise<WorkspacePlan> {
    const { inventory, secrets, workspaces, repositories, promotionsAhead } = this.#options;
    const { tenantId } = principal;
    const { agent } = request;
    const availability = await inventory.availability({ agent, tenantId });
    if (!availability.available) throw new OutpostError('SERVICE_UNAVAILABLE', availability.reason);
    await secrets.require({ principal, names: request.secrets ?? [] });
    const plan = await workspaces.plan({ tenantId, request });
    const { repo } = plan;
    const branch =
      repo === undefined || plan.continues
        ? plan.branch
        : await repositories.resolveBranch({ tenantId, repo, branch: plan.branch });
    const { promote } = request;
    if (promote !== undefined) await promotionsAhead.check({ principal, repo, branch, promote });
    return { ...plan, branch };
  }

  /** Rejects with BUDGET_EXCEEDED. */
  async #limitsOf(tenantId: string): Promise<CapacityLimits> {
    const { tenants, perAgent } = this.#options;
    const { maxConcurrent, isOverBudget } = await tenants.policyOf(tenantId);
    if (isOverBudget) throw overBudget(tenantId);
    return { perAgent, perTenant: maxConcurrent };
  }

  #spec({ principal, request, retryOf }: Order, plan: WorkspacePlan): DispatchSpec {
    const now = this.#options.clock.now();
    const { tenantId } = principal;
    const { agent, userId, parentDispatchId, verify, verifyAttempts } = request;
    return {
      dispatchId: newDispatchId(now),
      tenantId,
      ...(userId !== undefined && { userId }),
      agent,
      modelId: request.modelId ?? AGENTS[agent].defaultModelId,
      tier: request.tier ?? AGENTS[agent].tier,
      task: request.task,
      ...(plan.repo !== undefined && { repo: plan.repo }),
      ...(plan.branch !== undefined && { branch: plan.branch }),
      contextLevel: request.contextLevel,
      workspaceMode: plan.workspaceMode,
      workspaceId: plan.workspaceId,
      workspaceLimits: plan.limits,
      ...(request.archiveWorkspace === true && { archiveWorkspace: true }),
      timeoutSeconds: request.timeoutSeconds,
      tags: request.tags ?? {},
      secrets: request.secrets ?? [],
      ...(verify !== undefined && { verify }),
      ...(verifyAttempts !== undefined && { verifyAttempts }),
      ...(parentDispatchId !== undefined && { parentDispatchId }),
      ...(retryOf !== undefined && { retryOf }),
      ...(request.promote !== undefined && { promote: request.promote }),
      createdAt: new Date(now).toISOString(),
      ttl: Math.floor(now / 1000) + LIMITS.dispatchTtlDays * DAY_SECONDS,
    };
  }
}

function replayOf(earlier: { record: DispatchRecord; acceptedAs: AcceptedStatus }): Accepted {
  return { record: asAccepted(earlier.record, earlier.acceptedAs), isReplay: true };
}

function acceptedStatus({ status }: DispatchRecord): AcceptedStatus {
  return status === 'QUEUED' ? 'QUEUED' : 'PENDING';
}

function overBudget(tenantId: string): OutpostError {
  return new OutpostError(
    'BUDGET_EXCEEDED',
    `Tenant ${tenantId} has spent what it may in this month: see GET /usage. Whoever runs this Outpost can raise it.`,
  );
}

function notEnded({ dispatchId, status }: DispatchRecord): OutpostError {
  return new OutpostError(
    'CONFLICT',
    `Dispatch ${dispatchId} is ${status}: only one that has ended can be retried. Wait for its end, or cancel it first.`,
  );
}

function alreadyEnded({ dispatchId, status }: DispatchRecord): OutpostError {
  return new OutpostError('CONFLICT', `Dispatch ${dispatchId} has already ended: ${status}.`);
}

/** What is wrong with a repeat is wrong with the dispatch that it repeats: its caller sent no body. */
function asOfDispatch(dispatchId: string, error: unknown): unknown {
  if (!(error instanceof OutpostError) || error.details === undefined) return error;
  const details = error.details.map(({ path, message }) => ({
    path: path.replace(/^body\b/, 'dispatch'),
    message,
  }));
  const problems = details.map(({ path, message }) => `${path} ${message}`).join('; ');
  const message = `Dispatch ${dispatchId} cannot be retried as it was: ${problems}`;
  return new OutpostError(error.code, message, { details, cause: error });
}
