import type { OutpostEvent } from '@outpost/contracts';
import type { Outbox } from '../ports/index.js';
import type { Database } from './database.js';

/** After every ISO 8601 time of four-digit years. */
const END_OF_TIME = '9999-12-31T23:59:59.999Z';

/** Runs inside the transaction that writes what the event tells of. */
export function addToOutbox(database: Database, event: OutpostEvent): void {
  database.run('INSERT INTO outbox (eventId, document) VALUES (?, ?)', event.eventId, JSON.stringify(event));
}

export function createLocalOutbox({ database }: { readonly database: Database }): Outbox {
  return {
    async pending({ limit, before = END_OF_TIME }) {
      const rows = database.all<{ document: string }>(
        "SELECT document FROM outbox WHERE document ->> 'occurredAt' < ? ORDER BY sequence LIMIT ?",
        before,
        limit,
      );
      return rows.map(({ document }) => JSON.parse(document) as OutpostEvent);
    },
    async markDelivered({ eventId }) {
      database.transaction(() => database.run('DELETE FROM outbox WHERE eventId = ?', eventId));
    },
  };
}
