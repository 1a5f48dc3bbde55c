import type { DispatchKey, DispatchStore, QueuePlace } from '../ports/index.js';
import type { Database } from './database.js';
import { readSpending } from './dispatch-spending.js';
import { isWorkspaceInUse, slotUsage } from './dispatch-capacity.js';
import { createDispatch } from './dispatch-creation.js';
import { listByStatus, listDispatches } from './dispatch-listing.js';
import { admitDispatch, annotateDispatch, moveDispatch } from './dispatch-moves.js';
import { countQueued, queueHeads, queuePlace } from './dispatch-queue.js';
import { listExpired, removeDispatch } from './dispatch-retention.js';
import { readDispatch, readDispatches } from './dispatch-rows.js';
import { findIdempotencyKey } from './idempotency.js';

/** Methods are async so that a failure is a rejection; the work itself is synchronous. */
export function createLocalDispatchStore({ database }: { readonly database: Database }): DispatchStore {
  return {
    create: async (params) => database.transaction(() => createDispatch(database, params)),
    get: async (key) => readDispatch(database, key),
    getMany: async (keys) => readDispatches(database, keys),
    findByIdempotencyKey: async (params) => findIdempotencyKey(database, params),
    move: async (params) => database.transaction(() => moveDispatch(database, params)),
    admit: async (params) => database.transaction(() => admitDispatch(database, params)),
    annotate: async (params) => database.transaction(() => annotateDispatch(database, params)),
    list: async (params) => listDispatches(database, params),
    listByStatus: async ({ statuses }) => listByStatus(database, statuses),
    queueHeads: async ({ perLine }) => queueHeads(database, perLine),
    queuePlace: async (params) => placeOf(database, params),
    slotUsage: async ({ tenantIds }) => slotUsage(database, tenantIds),
    spending: async (params) => readSpending(database, params),
    countQueued: async ({ tenantId }) => countQueued(database, tenantId),
    isWorkspaceInUse: async (params) => isWorkspaceInUse(database, params),
    listExpired: async (params) => listExpired(database, params),
    remove: async (key) => {
      database.transaction(() => removeDispatch(database, key));
    },
  };
}

function placeOf(
  database: Database,
  params: DispatchKey & { readonly limit: number },
): QueuePlace | undefined {
  const record = readDispatch(database, params);
  return record?.status === 'QUEUED' ? queuePlace(database, { ...params, agent: record.agent }) : undefined;
}
