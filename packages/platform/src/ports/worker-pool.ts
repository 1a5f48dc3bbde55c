import type { AgentName, TierName } from '@outpost/contracts';
import type { DispatchKey } from './dispatch-store.js';
import type { SecretReference, SecretStore } from './secret-store.js';

export type WorkerState = 'STARTING' | 'IDLE' | 'BUSY' | 'STOPPING';

/** A warm worker: started before there is a dispatch for it. */
export interface WorkerRecord {
  /** A UUID. */
  readonly workerId: string;
  readonly agent: AgentName;
  readonly tier: TierName;
  readonly state: WorkerState;
  /** ISO 8601: when it came into this state. */
  readonly changedAt: string;
  /** Absent until its start has been noted. */
  readonly taskArn?: string;
  /** The one tenant that it serves, from its first dispatch on. It never serves another. */
  readonly tenantId?: string;
  /** While BUSY. */
  readonly dispatchId?: string;
}

export interface AssignParams extends DispatchKey {
  readonly workerId: string;
  /** What the worker may be given: it is asked for nothing else. */
  readonly secrets: readonly SecretReference[];
}

/** The control plane's side of warm workers. Every method may reject with SERVICE_UNAVAILABLE. */
export interface WorkerPool {
  /** Writes the worker as STARTING, then starts it. One that could not be started is forgotten again. */
  start(params: {
    readonly workerId: string;
    readonly agent: AgentName;
    readonly tier: TierName;
  }): Promise<void>;
  /** All workers of the fleet. */
  list(): Promise<readonly WorkerRecord[]>;
  /**
   * Moves an IDLE worker to BUSY with this dispatch: of racing calls one wins. False: it is not idle any more, it has
   * served another tenant, or it may not serve this one.
   */
  assign(params: AssignParams): Promise<boolean>;
  /** Moves a worker that is not BUSY to STOPPING, and tells it to end. False: it is busy, or not known. */
  retire(params: { readonly workerId: string }): Promise<boolean>;
  /** Forgets a worker whose task has ended. Idempotent. */
  remove(params: { readonly workerId: string }): Promise<void>;
}

/** What a worker is to do next, and whose secrets it may read for it. */
export interface Assignment extends DispatchKey {
  readonly secrets: SecretStore;
}

/** The worker's side: where its dispatches come from. A worker that was started for one is given that one. */
export interface Assignments {
  /**
   * The next dispatch. A warm worker says with this that it is IDLE, and waits. Undefined: there is none to come, as
   * when it was retired or `signal` is aborted; the worker ends.
   */
  next(params: { readonly signal: AbortSignal }): Promise<Assignment | undefined>;
}

/** What a worker was started for: one dispatch, or whatever it is assigned as the warm worker of this id. */
export type WorkerStart =
  ({ readonly kind: 'dispatch' } & DispatchKey) | { readonly kind: 'warm'; readonly workerId: string };

/** The assignments of a worker that was started for one dispatch. */
export function oneAssignment(assignment: Assignment): Assignments {
  let left: Assignment | undefined = assignment;
  return {
    async next({ signal }) {
      const next = signal.aborted ? undefined : left;
      left = undefined;
      return next;
    },
  };
}
