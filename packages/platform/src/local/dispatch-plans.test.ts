import { describe, expect, it, onTestFinished } from 'vitest';
import type { DispatchStore } from '../ports/index.js';
import { AMPLE, creation, ending, idempotency, TEST_AT } from '../testing/index.js';
import { openDatabase, type Database } from './database.js';
import { createLocalDispatchStore } from './dispatch-store.js';

const NO_ROOM = { perAgent: 0, perTenant: 0 };
const KEY = 'sqlite_autoindex_dispatches_1 (tenantId=? AND dispatchId=?)';
const OF_WORKSPACE = 'dispatches_by_workspace (tenantId=? AND workspaceId=? AND status=?)';
const FIRST_OF_WORKSPACE = 'dispatches_first_of_workspace (tenantId=? AND workspaceId=?)';
/** Of those that hold slots: there are no more of them than slots. */
const HOLDING = [
  'dispatches_by_status (status=? AND agent=?)',
  'dispatches_by_tenant (tenantId=? AND status=?)',
];

const waiting = creation({}, { limits: NO_ROOM });
const { tenantId, workspaceId } = waiting.spec;

/** What a call looks up of the dispatches, when one waits. None of these grows with the number of those that wait. */
const CALLS: readonly (readonly [
  name: string,
  call: (store: DispatchStore) => Promise<unknown>,
  lookups: readonly string[],
])[] = [
  [
    'queueHeads',
    (store) => store.queueHeads({ perLine: 1 }),
    [
      'dispatches_in_line (agent=? AND tenantId=? AND dispatchId=?)',
      'dispatches_in_line (agent=? AND tenantId=?)',
      OF_WORKSPACE,
    ],
  ],
  [
    'queuePlace',
    (store) => store.queuePlace({ ...waiting.spec, limit: 9 }),
    [KEY, 'dispatches_by_status (status=? AND agent=? AND tenantId=? AND dispatchId<?)'],
  ],
  ['countQueued', (store) => store.countQueued({ tenantId }), []],
  ['slotUsage', (store) => store.slotUsage({ tenantIds: [tenantId] }), ['dispatches_by_status (status=?)']],
  ['isWorkspaceInUse', (store) => store.isWorkspaceInUse({ tenantId, workspaceId }), [OF_WORKSPACE]],
  [
    'create, at once',
    (store) => store.create(creation({ agent: 'codex' }, { idempotency: idempotency('k') })),
    [OF_WORKSPACE, ...HOLDING, OF_WORKSPACE],
  ],
  [
    'create, behind others',
    (store) => store.create(creation({}, { limits: NO_ROOM })),
    [FIRST_OF_WORKSPACE, KEY, OF_WORKSPACE],
  ],
  [
    'admit',
    (store) => store.admit({ ...waiting.spec, at: TEST_AT, limits: AMPLE }),
    [KEY, ...HOLDING, OF_WORKSPACE, KEY, KEY, FIRST_OF_WORKSPACE, KEY, OF_WORKSPACE],
  ],
  [
    'move',
    (store) => store.move({ ...waiting.spec, move: ending('CANCELLED') }),
    [KEY, KEY, FIRST_OF_WORKSPACE, KEY, OF_WORKSPACE],
  ],
  ['listExpired', (store) => store.listExpired({ now: 1, limit: 1 }), ['dispatches_by_expiry (ttl<?)']],
  ['remove', (store) => store.remove(waiting.spec), [KEY]],
];

describe('the local dispatch store looks up no more than it answers', () => {
  it.each(CALLS)('%s', async (_, call, lookups) => {
    const { store, steps } = await startWithOneWaiting();
    await call(store);
    const ofDispatches = steps.flatMap(
      (step) => /(?:sqlite_autoindex_)?dispatches_\w+ \(.*/.exec(step) ?? [],
    );
    expect(ofDispatches).toEqual(lookups);
    // The lines are read from end to end, and each once.
    const scans = steps.filter(
      (step) => step.startsWith('SCAN') && !/^SCAN (?:CONSTANT|json_each|\()/.test(step),
    );
    expect(scans).toEqual(scans.filter((step) => step.startsWith('SCAN line ')));
  });
});

async function startWithOneWaiting(): Promise<{ store: DispatchStore; steps: string[] }> {
  const database = openDatabase({ path: ':memory:' });
  onTestFinished(() => database.close());
  await createLocalDispatchStore({ database }).create(waiting);
  const steps: string[] = [];
  return { store: createLocalDispatchStore({ database: explaining(database, steps) }), steps };
}

/** Notes how SQLite finds the rows of each statement. */
function explaining(database: Database, steps: string[]): Database {
  const note = (...[sql, ...values]: Parameters<Database['run']>): void => {
    const plan = database.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, ...values);
    steps.push(...plan.map(({ detail }) => detail));
  };
  return {
    ...database,
    one: (...statement) => {
      note(...statement);
      return database.one(...statement);
    },
    all: (...statement) => {
      note(...statement);
      return database.all(...statement);
    },
    run: (...statement) => {
      note(...statement);
      return database.run(...statement);
    },
  };
}
