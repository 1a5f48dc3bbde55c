import type { Clock, SecretStore } from '../ports/index.js';

const MAX_ENTRIES = 10_000;

export interface CachedSecretStoreOptions {
  readonly store: SecretStore;
  readonly clock: Clock;
  /** How long an answer of `has` stands; a secret that comes or goes meanwhile is noticed after it. */
  readonly ttlMs: number;
}

interface Entry {
  readonly answer: Promise<boolean>;
  readonly expiresAt: number;
}

/** Remembers for a while whether secrets exist. Values are never kept. */
export function createCachedSecretStore({ store, clock, ttlMs }: CachedSecretStoreOptions): SecretStore {
  /** In the order in which they expire. */
  const known = new Map<string, Entry>();
  const forgetOld = (): void => {
    for (const [key, { expiresAt }] of known) {
      if (expiresAt > clock.now() && known.size < MAX_ENTRIES) return;
      known.delete(key);
    }
  };
  return {
    get: (params) => store.get(params),
    has(params) {
      forgetOld();
      const key = JSON.stringify([params.tenantId, params.reference]);
      const entry = known.get(key);
      if (entry !== undefined) return entry.answer;
      const answer = store.has(params);
      known.set(key, { answer, expiresAt: clock.now() + ttlMs });
      // Who asked is told of the failure; who asks next is not to be.
      answer.catch(() => known.get(key)?.answer === answer && known.delete(key));
      return answer;
    },
  };
}
