import type { OutpostEvent } from '@outpost/contracts';
import { dueAtOf, type Outbox } from '../ports/index.js';
import type { Database } from './database.js';

interface OutboxRow {
  readonly document: string;
  readonly isPublished: number;
}

/** Runs inside the transaction that writes what the events tell of. */
export function addToOutbox(database: Database, ...events: readonly OutpostEvent[]): void {
  for (const event of events)
    database.run(
      'INSERT INTO outbox (eventId, dueAt, document) VALUES (?, ?, ?)',
      event.eventId,
      dueAtOf(event),
      JSON.stringify(event),
    );
}

export function createLocalOutbox({ database }: { readonly database: Database }): Outbox {
  return {
    async due({ now, limit }) {
      const sql =
        'SELECT document, isPublished FROM outbox WHERE dueAt <= ? ORDER BY dueAt, sequence LIMIT ?';
      return database.all<OutboxRow>(sql, now, limit).map(({ document, isPublished }) => ({
        event: JSON.parse(document) as OutpostEvent,
        isPublished: isPublished === 1,
      }));
    },
    async markPublished({ eventId, occurredAt }) {
      const sql = 'UPDATE outbox SET isPublished = 1, dueAt = ? WHERE eventId = ?';
      database.transaction(() => database.run(sql, occurredAt, eventId));
    },
    async remove({ eventId }) {
      database.transaction(() => database.run('DELETE FROM outbox WHERE eventId = ?', eventId));
    },
  };
}
