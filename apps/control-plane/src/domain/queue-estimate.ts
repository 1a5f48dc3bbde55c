import { LIMITS } from '@outpost/contracts';

/** Who waits for the same agent. */
export interface Place {
  /** How many of the same tenant, before it. */
  readonly ahead: number;
  /** How many of each other tenant. */
  readonly others: readonly number[];
}

/**
 * The place in the queue, from 1, as if tenants took turns and each other tenant's turn came first: before it start
 * those of its own tenant that came earlier and, of each other tenant, as many as it has turns until then. Weights and
 * what is running are left out, so a flood of another tenant moves nobody back by more than one for each turn.
 */
export function queuePosition({ ahead, others }: Place): number {
  const turns = ahead + 1;
  const position = others.reduce((sum, waiting) => sum + Math.min(waiting, turns), turns);
  return Math.min(position, LIMITS.queuePositionMax);
}

/**
 * When a dispatch may start (ISO 8601), if its agent's slots come free in rounds that last as long as its runs commonly
 * did. Null when nothing is known of them. `now` is in epoch milliseconds.
 */
export function estimatedStartAt(params: {
  readonly position: number;
  /** How many of the tenant may run on the agent at once. */
  readonly slots: number;
  readonly commonDurationMs: number | null;
  readonly now: number;
}): string | null {
  const { position, slots, commonDurationMs, now } = params;
  if (commonDurationMs === null) return null;
  return new Date(now + Math.ceil(position / slots) * commonDurationMs).toISOString();
}
