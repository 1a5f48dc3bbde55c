import {
  timestamp,
  type ApiKeyName,
  type ApiKeyStore,
  type ApiKeyUsage,
  type Clock,
} from '@outpost/platform';

/** Between two writes of what was counted. */
const FLUSH_INTERVAL_MS = 30_000;

/** Counts how often each key is used, and writes it in batches: a request does not wait for a write, nor cost one. */
export class ApiKeyUsageCounter {
  readonly #store: Pick<ApiKeyStore, 'addUsage'>;
  readonly #clock: Clock;
  #counted = new Map<string, ApiKeyUsage>();
  #nextAt = 0;

  constructor({ store, clock }: { store: Pick<ApiKeyStore, 'addUsage'>; clock: Clock }) {
    this.#store = store;
    this.#clock = clock;
  }

  count(name: ApiKeyName): void {
    this.#add({ ...name, count: 1, lastUsedAt: timestamp(this.#clock) });
  }

  /** Writes what was counted. Does nothing before the interval is over. */
  async flushIfDue(): Promise<void> {
    if (this.#clock.now() < this.#nextAt) return;
    this.#nextAt = this.#clock.now() + FLUSH_INTERVAL_MS;
    await this.flush();
  }

  /** Rejects when the store does not answer: what was not written is kept for the next time. */
  async flush(): Promise<void> {
    const counted = [...this.#counted.values()];
    this.#counted = new Map();
    const results = await Promise.allSettled(counted.map((usage) => this.#store.addUsage(usage)));
    const failed = results.flatMap((result, index) =>
      result.status === 'rejected' ? [{ usage: counted[index]!, reason: result.reason as unknown }] : [],
    );
    for (const { usage } of failed) this.#add(usage);
    if (failed[0] !== undefined) throw failed[0].reason;
  }

  #add(usage: ApiKeyUsage): void {
    const earlier = this.#counted.get(usage.apiKeyId);
    const count = usage.count + (earlier?.count ?? 0);
    const isLatest = earlier === undefined || earlier.lastUsedAt < usage.lastUsedAt;
    this.#counted.set(usage.apiKeyId, {
      ...usage,
      count,
      lastUsedAt: isLatest ? usage.lastUsedAt : earlier.lastUsedAt,
    });
  }
}
