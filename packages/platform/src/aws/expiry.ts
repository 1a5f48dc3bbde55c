import type { Clock } from '../ports/index.js';

/** An item of a table with time to live: DynamoDB deletes it up to days after that time, or never. */
export interface Expiring {
  /** Epoch seconds. */
  readonly ttl?: number | undefined;
}

export function isExpired({ ttl }: Expiring, clock: Clock): boolean {
  return ttl !== undefined && ttl <= epochSeconds(clock);
}

export function epochSeconds(clock: Clock): number {
  return Math.floor(clock.now() / 1_000);
}
