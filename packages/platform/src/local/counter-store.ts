import type { Clock, CounterStore } from '../ports/index.js';
import type { Database } from './database.js';

export interface LocalCounterStoreOptions {
  readonly database: Database;
  readonly clock: Clock;
}

export function createLocalCounterStore({ database, clock }: LocalCounterStoreOptions): CounterStore {
  return {
    async add({ name, count, expiresAt }) {
      const add = `
        INSERT INTO counters (name, count, expiresAt) VALUES (?, ?, ?)
        ON CONFLICT DO UPDATE SET count = counters.count + excluded.count, expiresAt = excluded.expiresAt`;
      return database.transaction(() => {
        database.run('DELETE FROM counters WHERE expiresAt <= ?', Math.floor(clock.now() / 1_000));
        database.run(add, name, count, expiresAt);
        return database.one<{ count: number }>('SELECT count FROM counters WHERE name = ?', name)!.count;
      });
    },
  };
}
