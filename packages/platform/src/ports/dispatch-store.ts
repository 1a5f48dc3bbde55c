import type {
  AgentName,
  CostEvent,
  DispatchMove,
  DispatchRecord,
  DispatchSpec,
  DispatchStatus,
  RunsQuery,
  Stage,
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

export interface CreateDispatchParams {
  readonly spec: DispatchSpec;
  /** ISO 8601; when the dispatch takes its slots. */
  readonly at: string;
  readonly limits: CapacityLimits;
  readonly idempotency?: IdempotencyClaim;
}

export type CreateDispatchResult =
  | { readonly outcome: 'created'; readonly record: DispatchRecord }
  /** The idempotency key was used before with this request: the dispatch that it made. */
  | { readonly outcome: 'replayed'; readonly record: DispatchRecord }
  /** The idempotency key was used before with another request. */
  | { readonly outcome: 'conflict'; readonly dispatchId: string };

export type MoveResult =
  | { readonly outcome: 'moved'; readonly record: DispatchRecord }
  /** The state machine does not allow the move; `record` is what stands instead. */
  | { readonly outcome: 'refused'; readonly record: DispatchRecord }
  | { readonly outcome: 'missing' };

export interface MoveParams extends DispatchKey {
  readonly move: Exclude<DispatchMove, { to: 'PENDING' }>;
  /** Refuses the move from any other state, though it were legal. */
  readonly during?: readonly DispatchStatus[];
  /** Put in the outbox in the same transaction; goes with every move to an end. */
  readonly event?: CostEvent;
}

export type AdmitResult = MoveResult | { readonly outcome: 'full' };

/** Fields that change while the status stays. */
export interface Annotation {
  readonly taskArn?: string;
  readonly launches?: number;
  readonly heartbeatAt?: string;
  readonly stage?: Stage;
  readonly cancelRequestedAt?: string;
}

export interface AnnotateParams extends DispatchKey {
  /** Refused in any other state. */
  readonly during: readonly DispatchStatus[];
  readonly set: Annotation;
}

/** The oldest dispatch of a tenant and agent that waits for a slot. */
export interface QueueHead extends DispatchKey {
  readonly agent: AgentName;
}

/** Dispatches that hold a slot now; what is not named holds none. */
export interface SlotUsage {
  readonly byAgent: Readonly<Partial<Record<AgentName, number>>>;
  readonly byTenant: Readonly<Record<string, number>>;
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
  /** What an idempotency key that has not expired (`now`: epoch seconds) made, if anything. */
  findByIdempotencyKey(params: {
    tenantId: string;
    key: string;
    now: number;
  }): Promise<{ readonly dispatchId: string; readonly requestHash: string } | undefined>;
  /** Writes a legal move. */
  move(params: MoveParams): Promise<MoveResult>;
  /** Moves QUEUED to PENDING if its slots are free now. */
  admit(params: DispatchKey & { readonly at: string; readonly limits: CapacityLimits }): Promise<AdmitResult>;
  annotate(params: AnnotateParams): Promise<MoveResult>;
  list(params: ListDispatchesParams): Promise<DispatchPageResult>;
  /** All dispatches in one of these states, of all tenants, oldest first: for the Reconciler. */
  listByStatus(params: { readonly statuses: readonly DispatchStatus[] }): Promise<readonly DispatchRecord[]>;
  /** One head for each tenant and agent with something queued whose workspace is free; oldest first. */
  queueHeads(): Promise<readonly QueueHead[]>;
  /** Of every agent, and of these tenants. */
  slotUsage(params: { readonly tenantIds: readonly string[] }): Promise<SlotUsage>;
  countQueued(params: { readonly tenantId: string }): Promise<Readonly<Partial<Record<AgentName, number>>>>;
}
