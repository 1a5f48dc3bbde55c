import {
  AGENTS,
  failure,
  costEventOf,
  isTerminal,
  LIMITS,
  OutpostError,
  type CreateDispatch,
  type DispatchRecord,
  type DispatchSpec,
} from '@outpost/contracts';
import {
  timestamp,
  type AgentInventory,
  type CapacityLimits,
  type Clock,
  type DispatchKey,
  type DispatchStore,
  type IdempotencyClaim,
} from '@outpost/platform';
import { createHash } from 'node:crypto';
import { monotonicFactory } from 'ulid';
import type { Principal } from './api-keys.js';
import type { EventPublisher } from './event-publisher.js';
import type { RepositoryCheck } from './repository-check.js';
import type { SecretInjector } from './secret-injector.js';
import type { TaskLauncher } from './task-launcher.js';
import type { WorkspaceHandler, WorkspacePlan } from './workspace-handler.js';

const DAY_SECONDS = 86_400;

// Ids of one millisecond still sort in the order in which they were given out: it is the order of the queue.
const newDispatchId = monotonicFactory();

interface DispatcherOptions {
  readonly dispatches: DispatchStore;
  readonly inventory: AgentInventory;
  readonly repositories: RepositoryCheck;
  readonly secrets: SecretInjector;
  readonly workspaces: WorkspaceHandler;
  readonly launcher: TaskLauncher;
  readonly publisher: EventPublisher;
  readonly limits: CapacityLimits;
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

/** What is asked for, and of which dispatch it is a repeat. */
interface Order {
  readonly request: CreateDispatch;
  readonly retryOf?: string;
}

/** Accepts, repeats and cancels dispatches. */
export class Dispatcher {
  readonly #options: DispatcherOptions;

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  /** Resolves once the dispatch is durable; its launch follows. Whatever it rejects with, nothing was written. */
  async create({ principal, request, idempotencyKey }: CreateParams): Promise<DispatchRecord> {
    return this.#accept(principal, { request }, idempotencyKey);
  }

  /** The input of a dispatch that has ended, once more. Rejects with NOT_FOUND, or CONFLICT while it has not ended. */
  async retry({ principal, dispatchId, idempotencyKey }: RetryParams): Promise<DispatchRecord> {
    const { tenantId } = principal;
    const record = await this.#options.dispatches.get({ tenantId, dispatchId });
    if (record === undefined) throw notFound(dispatchId);
    if (!isTerminal(record.status)) {
      const message = `Dispatch ${dispatchId} is ${record.status}. Wait for its end, or cancel it, before it is retried.`;
      throw new OutpostError('CONFLICT', message);
    }
    return this.#accept(principal, { request: requestOf(record), retryOf: dispatchId }, idempotencyKey);
  }

  async #accept(
    principal: Principal,
    order: Order,
    idempotencyKey: string | undefined,
  ): Promise<DispatchRecord> {
    const { dispatches, limits, launcher, workspaces, clock } = this.#options;
    const { tenantId } = principal;
    const idempotency = idempotencyKey === undefined ? undefined : this.#claim(idempotencyKey, order);
    const earlier = idempotency && (await this.#earlier(tenantId, idempotency));
    if (earlier !== undefined) return earlier;

    const plan = await this.#check(principal, order.request);
    await workspaces.keep({ tenantId, plan });
    const result = await dispatches.create({
      spec: this.#spec(tenantId, order, plan),
      at: timestamp(clock),
      limits,
      ...(idempotency !== undefined && { idempotency }),
    });
    if (result.outcome === 'conflict') throw conflictingKey(result.dispatchId);
    if (result.outcome === 'created' && result.record.status === 'PENDING')
      launcher.launchSoon(result.record);
    return result.record;
  }

  /** CANCELLED at once when no worker has it yet; else the worker is told to end, and the record says since when. */
  async cancel({ tenantId, dispatchId }: DispatchKey): Promise<DispatchRecord> {
    const { dispatches, launcher, clock } = this.#options;
    const cancelRequestedAt = timestamp(clock);
    const record = await this.#cancelWaiting({ tenantId, dispatchId });
    if (record.status === 'CANCELLED') {
      if (record.taskArn !== undefined) await launcher.stop({ taskArn: record.taskArn });
      return record;
    }
    const noted = await dispatches.annotate({
      tenantId,
      dispatchId,
      during: ['RUNNING'],
      set: { cancelRequestedAt },
    });
    if (noted.outcome === 'missing') throw notFound(dispatchId);
    if (noted.outcome === 'moved') {
      if ('taskArn' in noted.record && noted.record.taskArn !== undefined) {
        await launcher.stop({ taskArn: noted.record.taskArn });
      }
      return noted.record;
    }
    if (noted.record.status === 'CANCELLED') return noted.record;
    throw new OutpostError('CONFLICT', `Dispatch ${dispatchId} has already ended: ${noted.record.status}.`);
  }

  /** The record after an attempt to cancel it without its worker; unchanged when it is with the worker or has ended. */
  async #cancelWaiting(key: DispatchKey): Promise<DispatchRecord> {
    const { dispatches, publisher, clock } = this.#options;
    const current = await dispatches.get(key);
    if (current === undefined) throw notFound(key.dispatchId);
    if (current.status === 'RUNNING' || isTerminal(current.status)) return current;
    const end = {
      to: 'CANCELLED',
      completedAt: timestamp(clock),
      exitCode: null,
      errorMessage: 'Cancelled before it started.',
      failure: failure('cancelled', 'Cancelled before it started.'),
    } as const;
    const event = costEventOf(current, end);
    const result = await dispatches.move({ ...key, move: end, event, during: ['QUEUED', 'PENDING'] });
    if (result.outcome === 'missing') throw notFound(key.dispatchId);
    if (result.outcome === 'moved') await publisher.publish(event);
    return result.record;
  }

  async #earlier(tenantId: string, claim: IdempotencyClaim): Promise<DispatchRecord | undefined> {
    const { dispatches, clock } = this.#options;
    const now = Math.floor(clock.now() / 1000);
    const earlier = await dispatches.findByIdempotencyKey({ tenantId, key: claim.key, now });
    if (earlier === undefined) return undefined;
    if (earlier.requestHash !== claim.requestHash) throw conflictingKey(earlier.dispatchId);
    return dispatches.get({ tenantId, dispatchId: earlier.dispatchId });
  }

  async #check(principal: Principal, request: CreateDispatch): Promise<WorkspacePlan> {
    const { inventory, secrets, workspaces, repositories } = this.#options;
    const { tenantId } = principal;
    const { agent } = request;
    const availability = await inventory.availability({ agent, tenantId });
    if (!availability.available) throw new OutpostError('SERVICE_UNAVAILABLE', availability.reason);
    await secrets.require({ principal, names: request.secrets ?? [] });
    const plan = await workspaces.plan({ tenantId, request });
    if (plan.repo === undefined || plan.continues) return plan;
    const branch = await repositories.resolveBranch({ tenantId, repo: plan.repo, branch: plan.branch });
    return { ...plan, branch };
  }

  #spec(tenantId: string, { request, retryOf }: Order, plan: WorkspacePlan): DispatchSpec {
    const now = this.#options.clock.now();
    const { agent, userId } = request;
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
      timeoutSeconds: request.timeoutSeconds,
      tags: request.tags ?? {},
      secrets: request.secrets ?? [],
      ...(retryOf !== undefined && { retryOf }),
      createdAt: new Date(now).toISOString(),
      ttl: Math.floor(now / 1000) + LIMITS.dispatchTtlDays * DAY_SECONDS,
    };
  }

  #claim(key: string, order: Order): IdempotencyClaim {
    const now = Math.floor(this.#options.clock.now() / 1000);
    return { key, requestHash: hashOf(order), expiresAt: now + LIMITS.idempotencyKeyHours * 3_600 };
  }
}

/** What was asked for, as it was resolved: the same branch and model, in the same workspace where that was kept. */
function requestOf(record: DispatchRecord): CreateDispatch {
  const { agent, task, modelId, repo, branch, contextLevel, timeoutSeconds, userId, tags, tier, secrets } =
    record;
  const { workspaceMode, workspaceId } = record;
  return {
    agent,
    task,
    modelId,
    ...(repo !== undefined && { repo }),
    ...(branch !== undefined && { branch }),
    contextLevel,
    workspaceMode,
    ...(workspaceMode === 'persistent' && { workspaceId }),
    timeoutSeconds,
    ...(userId !== undefined && { userId }),
    tags,
    tier,
    secrets,
  };
}

/** The same order gives the same hash, whatever the order of its fields. */
function hashOf({ request, retryOf }: Order): string {
  const canonical = JSON.stringify(
    retryOf === undefined ? request : { request, retryOf },
    (_, value: unknown) =>
      value !== null && typeof value === 'object' && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
        : value,
  );
  return createHash('sha256').update(canonical).digest('hex');
}

function conflictingKey(dispatchId: string): OutpostError {
  return new OutpostError(
    'CONFLICT',
    `The Idempotency-Key was used for another request (dispatch ${dispatchId}). Use a new key for a new request.`,
  );
}

function notFound(dispatchId: string): OutpostError {
  return new OutpostError('NOT_FOUND', `There is no dispatch ${dispatchId}.`);
}
