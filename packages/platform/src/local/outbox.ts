import type { OutpostEvent } from '@outpost/contracts';
import type { Outbox } from '../ports/index.js';
import type { Database } from './database.js';

/** Runs inside the transaction that writes what the event tells of. */
export function addToOutbox(database: Database, event: OutpostEvent): void {
  database.run('INSERT INTO outbox (eventId, document) VALUES (?, ?)', event.eventId, JSON.stringify(event));
}

export function createLocalOutbox({ database }: { readonly database: Database }): Outbox {
  return {
    async pending({ limit }) {
      const rows = database.all<{ document: string }>(
        'SELECT document FROM outbox ORDER BY sequence LIMIT ?',
        limit,
      );
      return rows.map(({ document }) => JSON.parse(document) as OutpostEvent);
    },
    async markDelivered({ eventId }) {
      database.transaction(() => database.run('DELETE FROM outbox WHERE eventId = ?', eventId));
    },
  };
}
