import type { EventBus } from '../ports/index.js';
import { join } from 'node:path';
import { appendText } from './append-file.js';
import type { Database } from './database.js';

export interface LocalEventBusOptions {
  readonly database: Database;
  readonly dataDir: string;
}

/**
 * Publishes to `events.jsonl`, one event a line. The line is durable before the mark that it was written is: a crash
 * between the two can write an event twice, never lose it. The transaction also keeps two processes' lines apart.
 */
export function createLocalEventBus({ database, dataDir }: LocalEventBusOptions): EventBus {
  const path = join(dataDir, 'events.jsonl');
  return {
    async publish(event) {
      database.transaction(() => {
        const isNew =
          database.run('INSERT OR IGNORE INTO published_events (eventId) VALUES (?)', event.eventId) === 1;
        if (isNew) appendText({ path, text: `${JSON.stringify(event)}\n`, isDurable: true });
      });
    },
  };
}
