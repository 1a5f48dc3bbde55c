import type {
  Admission,
  AgentName,
  CostEvent,
  DispatchMove,
  DispatchRecord,
  DispatchSpec,
  DispatchStatus,
  RunsQuery,
  Stage,
  StageTimings,
} from '@outpost/contracts';

export interface DispatchKey {
  readonly tenantId: string;
  readonly dispatchId: string;
}

/** How many dispatches may hold a slot at once. A persistent workspace is a third limit, of one. */
export interface CapacityLimits {
  readonly perAgent: number;
  readonly perTenant: number;
}

export interface IdempotencyClaim {
  readonly key: string;
  /** SHA-256 of the request body in canonical form: the same key with another body is a conflict. */
  readonly requestHash: string;
  /** Epoch seconds. */
  readonly expiresAt: number;
}

export type AcceptedStatus = 'PENDING' | 'QUEUED';

export interface CreateDispatchParams {
  readonly spec: DispatchSpec;
  /** ISO 8601; when the dispatch takes its slots. */
  readonly at: string;
  readonly limits: CapacityLimits;
  readonly idempotency?: IdempotencyClaim;
}

export type CreateDispatchResult =
  | { readonly outcome: 'created'; readonly record: DispatchRecord }
  /** The idempotency key was used before with this request: the dispatch that it made, as it is now and as it was accepted. */
  | { readonly outcome: 'replayed'; readonly record: DispatchRecord; readonly acceptedAs: AcceptedStatus }
  /** The idempotency key was used before with another request. */
  | { readonly outcome: 'conflict'; readonly dispatchId: string }
  /** Its persistent workspace was deleted. */
  | { readonly outcome: 'workspace_gone' };

export type MoveResult =
  | { readonly outcome: 'moved'; readonly record: DispatchRecord }
  /** The state machine does not allow the move; `record` is what stands instead. */
  | { readonly outcome: 'refused'; readonly record: DispatchRecord }
  | { readonly outcome: 'missing' };

/**
 * Refuses a write that was meant for an earlier attempt. A worker that was given up may still be alive: it must not
 * write into the attempt that follows.
 */
export interface Fence {
  /** Refused when the dispatch is with another task, or with none. */
  readonly taskArn?: string;
  /** Refused when another attempt is under way. */
  readonly attempt?: number;
}

export interface MoveParams extends DispatchKey {
  /** To PENDING only as a relaunch, which keeps the slots. Out of the queue leads `admit`. */
  readonly move: Exclude<DispatchMove, Admission>;
  /** Refuses the move from any other state, though it were legal. */
  readonly during?: readonly DispatchStatus[];
  readonly fence?: Fence;
  /** Put in the outbox in the same transaction; goes with every move to an end. */
  readonly event?: CostEvent;
}

export type AdmitResult = MoveResult | { readonly outcome: 'full' };

/** Fields that change while the status stays. */
export interface Annotation {
  readonly taskArn?: string;
  readonly workerId?: string;
  readonly heartbeatAt?: string;
  readonly stage?: Stage;
  readonly timings?: StageTimings;
  readonly cancelRequestedAt?: string;
}

export interface AnnotateParams extends DispatchKey {
  /** Refused in any other state. */
  readonly during: readonly DispatchStatus[];
  readonly fence?: Fence;
  readonly set: Annotation;
}

/** One of the first that wait in the line of a tenant in front of an agent. */
export interface QueueHead extends DispatchKey {
  readonly agent: AgentName;
}

/** Dispatches that hold a slot now; what is not named holds none. */
export interface SlotUsage {
  readonly byAgent: Readonly<Partial<Record<AgentName, number>>>;
  readonly byTenant: Readonly<Record<string, number>>;
  /** By tenant, when it was last given slots (ISO 8601); absent when it never was. */
  readonly lastStartAt: Readonly<Record<string, string>>;
}

/** What dispatches of a tenant came to that had a slot and ended in a month. */
export interface Spending {
  readonly dispatches: number;
  readonly costUsd: number;
}

/** Where a queued dispatch stands. */
export interface QueuePlace {
  /** How many of its own tenant wait for the same agent before it, counted up to `limit`. */
  readonly ahead: number;
  /** How many of each other tenant wait for that agent. */
  readonly others: readonly number[];
}

export interface ListDispatchesParams extends Omit<RunsQuery, 'limit' | 'cursor'> {
  readonly tenantId: string;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export interface DispatchPageResult {
  /** Newest first. */
  readonly records: readonly DispatchRecord[];
  readonly nextCursor: string | undefined;
}

/**
 * Dispatches and the capacity that they hold. Every write is one transaction, so of racing writers exactly one wins;
 * a slot is held exactly while the status says so, and cannot leak.
 *
 * Every method may reject with an OutpostError SERVICE_UNAVAILABLE when the store does not answer.
 */
export interface DispatchStore {
  /** Writes the dispatch with its idempotency key: PENDING when a slot of agent, tenant and workspace is free, else QUEUED. */
  create(params: CreateDispatchParams): Promise<CreateDispatchResult>;
  get(key: DispatchKey): Promise<DispatchRecord | undefined>;
  /** Those of these that there are, in any order. No key may come twice. */
  getMany(keys: readonly DispatchKey[]): Promise<readonly DispatchRecord[]>;
  /** What an idempotency key that has not expired (`now`: epoch seconds) made, if anything. */
  findByIdempotencyKey(params: {
    tenantId: string;
    key: string;
    now: number;
  }): Promise<
    | { readonly dispatchId: string; readonly requestHash: string; readonly acceptedAs: AcceptedStatus }
    | undefined
  >;
  /** Writes a legal move. */
  move(params: MoveParams): Promise<MoveResult>;
  /** Moves QUEUED to PENDING if its slots are free now. */
  admit(params: DispatchKey & { readonly at: string; readonly limits: CapacityLimits }): Promise<AdmitResult>;
  annotate(params: AnnotateParams): Promise<MoveResult>;
  list(params: ListDispatchesParams): Promise<DispatchPageResult>;
  /** All dispatches in one of these states, of all tenants, oldest first: for the Reconciler. */
  listByStatus(params: { readonly statuses: readonly DispatchStatus[] }): Promise<readonly DispatchRecord[]>;
  /**
   * The first `perLine` of each tenant and agent that could start if the limits let them, oldest first: of those that
   * wait for one persistent workspace only the first, and only once it is free. Costs what the lines cost, however
   * long they are.
   */
  queueHeads(params: { readonly perLine: number }): Promise<readonly QueueHead[]>;
  /** Undefined when it is not queued. */
  queuePlace(params: DispatchKey & { readonly limit: number }): Promise<QueuePlace | undefined>;
  /** Of every agent, and of these tenants. */
  slotUsage(params: { readonly tenantIds: readonly string[] }): Promise<SlotUsage>;
  /** `month`: YYYY-MM, in UTC. Added to in the transaction of each end. */
  spending(params: { readonly tenantId: string; readonly month: string }): Promise<Spending>;
  countQueued(params: { readonly tenantId: string }): Promise<Readonly<Partial<Record<AgentName, number>>>>;
  /** Whether a dispatch that has not ended works in the workspace, or is going to. */
  isWorkspaceInUse(params: { readonly tenantId: string; readonly workspaceId: string }): Promise<boolean>;
  /** Ended ones whose `ttl` is before `now` (epoch seconds), of all tenants, oldest first. */
  listExpired(params: { readonly now: number; readonly limit: number }): Promise<readonly DispatchRecord[]>;
  /** Deletes an ended dispatch and what the store keeps for it. Idempotent; does nothing to one that has not ended. */
  remove(key: DispatchKey): Promise<void>;
}
