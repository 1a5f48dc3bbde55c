import { describe, expect, it, onTestFinished } from 'vitest';
import { costEvent, eventsIn, creation, ending, idempotency } from '../testing/index.js';
import { openDatabase } from './database.js';
import { createLocalDispatchStore } from './dispatch-store.js';
import { createLocalOutbox } from './outbox.js';
import { createTaskTable } from './task-table.js';

const start = async () => {
  const database = openDatabase({ path: ':memory:' });
  onTestFinished(() => database.close());
  const store = createLocalDispatchStore({ database });
  const tasks = createTaskTable(database);
  const made = async (key: string, workerId: string | null = null) => {
    const result = await store.create(creation({}, { idempotency: idempotency(key) }));
    if (result.outcome !== 'created') throw new Error(result.outcome);
    const { dispatchId, tenantId } = result.record;
    const launcher = { pid: 1, startedAt: '' };
    tasks.claim(
      {
        clientToken: dispatchId,
        taskArn: dispatchId,
        tenantId,
        dispatchId,
        workerId,
        launchedAtMs: 0,
        launcher,
      },
      () => false,
    );
    database.run('INSERT INTO published_events (eventId) VALUES (?)', dispatchId);
    const event = costEvent(result.record, 'CANCELLED');
    await store.move({ tenantId, dispatchId, move: ending('CANCELLED'), event });
    return { tenantId, dispatchId, eventId: dispatchId };
  };
  const rowsOf = ({ dispatchId }: { readonly dispatchId: string }) => {
    const count = (table: string, column: string) =>
      database.one<{ rows: number }>(`SELECT count(*) AS rows FROM ${table} WHERE ${column} = ?`, dispatchId)
        ?.rows;
    return {
      dispatches: count('dispatches', 'dispatchId'),
      keys: count('idempotency_keys', 'dispatchId'),
      tasks: count('tasks', 'dispatchId'),
      published: count('published_events', 'eventId'),
    };
  };
  return { store, outbox: createLocalOutbox({ database }), made, rowsOf };
};

describe('the removal of a local dispatch', () => {
  it('leaves nothing of it, and all of others', async () => {
    const { store, outbox, made, rowsOf } = await start();
    const [gone, kept] = [await made('gone'), await made('kept')];
    for (const event of await eventsIn(outbox))
      if (event.dispatchId === gone.dispatchId) await outbox.remove(event);
    await store.remove(gone);
    expect(rowsOf(gone)).toEqual({ dispatches: 0, keys: 0, tasks: 0, published: 0 });
    expect(rowsOf(kept)).toEqual({ dispatches: 1, keys: 1, tasks: 1, published: 1 });
  });

  it('keeps the mark of an event that is in the outbox still: it would be published twice', async () => {
    const { store, made, rowsOf } = await start();
    const gone = await made('gone');
    await store.remove(gone);
    expect(rowsOf(gone)).toEqual({ dispatches: 0, keys: 0, tasks: 0, published: 1 });
  });

  it('leaves the task of a warm worker that may wait for another', async () => {
    const { store, made, rowsOf } = await start();
    const gone = await made('gone', 'warm-1');
    await store.remove(gone);
    expect(rowsOf(gone)).toMatchObject({ dispatches: 0, tasks: 1 });
  });
});
