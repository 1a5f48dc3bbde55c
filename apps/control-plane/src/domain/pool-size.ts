import type { AgentName } from '@outpost/contracts';

/** How many warm workers of one agent there are to be; `min` is not more than `max`. */
export interface PoolSize {
  /** Of those that have not served a tenant yet. */
  readonly min: number;
  /** Of all that wait for a dispatch or are starting. 0: no pool. */
  readonly max: number;
}

export type PoolSizes = Readonly<Record<AgentName, PoolSize>>;

export interface PoolWorker {
  readonly workerId: string;
  readonly state: 'STARTING' | 'IDLE' | 'BUSY' | 'STOPPING';
  /** ISO 8601. */
  readonly changedAt: string;
  readonly tenantId?: string | undefined;
}

export interface PoolPlanParams {
  /** All of one agent. */
  readonly workers: readonly PoolWorker[];
  /** How many that wait in the queue could have a worker soon. */
  readonly demand: number;
  readonly size: PoolSize;
  readonly idleTimeoutMs: number;
  /** Epoch milliseconds. */
  readonly now: number;
}

export interface PoolPlan {
  /** How many to start. */
  readonly start: number;
  /** Ids of those to retire. */
  readonly retire: readonly string[];
}

/**
 * Keeps `min` workers ready for any tenant, and as many more as the queue asks for, up to `max`. One that has served a
 * tenant waits for that tenant only: it is kept until it has been idle for too long, and makes room for the `min`.
 */
export function planPool({ workers, demand, size, idleTimeoutMs, now }: PoolPlanParams): PoolPlan {
  const isOld = ({ changedAt }: PoolWorker): boolean => now - Date.parse(changedAt) >= idleTimeoutMs;
  const warm = workers.filter(({ state }) => state === 'STARTING' || state === 'IDLE').toSorted(byAge);
  const bound = warm.filter(({ tenantId }) => tenantId !== undefined);
  const free = warm.filter(({ tenantId }) => tenantId === undefined);

  const wanted = Math.min(size.max, size.min + demand);
  const isIdle = ({ state }: PoolWorker): boolean => state === 'IDLE';
  const tooOld = [
    ...bound.filter(isOld),
    ...free.filter((worker) => isIdle(worker) && isOld(worker)).slice(0, Math.max(0, free.length - wanted)),
  ];
  const kept = warm.filter((worker) => !tooOld.includes(worker));

  const missing = wanted - free.length;
  const missingOfMin = size.min - free.length;
  const start = Math.max(0, missingOfMin, Math.min(missing, size.max - kept.length));
  const surplus = Math.max(0, kept.length + start - size.max);
  const leastUseful = [
    ...kept.filter(({ tenantId }) => tenantId !== undefined),
    ...kept.filter((worker) => worker.tenantId === undefined && isIdle(worker)),
    ...kept.filter((worker) => worker.tenantId === undefined && !isIdle(worker)),
  ];
  const retired = [...tooOld, ...leastUseful.slice(0, surplus)];
  return { start, retire: retired.map(({ workerId }) => workerId) };
}

/** The one that has been in its state longest comes first. */
function byAge(a: PoolWorker, b: PoolWorker): number {
  return Date.parse(a.changedAt) - Date.parse(b.changedAt);
}
