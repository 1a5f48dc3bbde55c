import type { Clock, LeaseStore } from '../ports/index.js';
import type { Database } from './database.js';

export interface LocalLeaseStoreOptions {
  readonly database: Database;
  readonly clock: Clock;
}

export function createLocalLeaseStore({ database, clock }: LocalLeaseStoreOptions): LeaseStore {
  return {
    async acquire({ name, holder, ttlMs }) {
      const now = clock.now();
      const sql = `
        INSERT INTO leases (name, holder, expiresAtMs) VALUES (?, ?, ?)
        ON CONFLICT DO UPDATE SET holder = excluded.holder, expiresAtMs = excluded.expiresAtMs
          WHERE leases.holder = excluded.holder OR leases.expiresAtMs <= ?`;
      return database.transaction(() => database.run(sql, name, holder, now + ttlMs, now)) === 1;
    },
    async release({ name, holder }) {
      const sql = 'DELETE FROM leases WHERE name = ? AND holder = ?';
      database.transaction(() => database.run(sql, name, holder));
    },
  };
}
