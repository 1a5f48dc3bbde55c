import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { randomUUID } from 'node:crypto';
import type { Clock, DispatchStore } from '../ports/index.js';
import { BACKOFF, type Backoff } from './contention.js';
import { LastWritten, type DispatchContext } from './dispatch-context.js';
import { createDispatch } from './dispatch-creation.js';
import { readDispatch, readDispatches } from './dispatch-items.js';
import { listByStatus, listDispatches } from './dispatch-listing.js';
import { admitDispatch, endDispatch, moveInPlace } from './dispatch-moves.js';
import { isWorkspaceInUse, queuePlace } from './dispatch-place.js';
import { queueHeads } from './dispatch-queue-heads.js';
import { countQueued } from './dispatch-queue.js';
import { listExpired, removeDispatch } from './dispatch-retention.js';
import { readSpending, slotUsage } from './dispatch-slots.js';
import { annotateDispatch } from './dispatch-updates.js';
import { findIdempotencyKey } from './idempotency-keys.js';

export interface AwsDispatchStoreOptions {
  readonly dynamodb: DynamoDBDocumentClient;
  readonly clock: Clock;
  /** How to wait for a row that others write; for tests. */
  readonly backoff?: Backoff;
  readonly newId?: () => string;
}

/** Dispatches in outpost-jobs; slots, lines, idempotency keys and outbox in outpost-control. */
export function createAwsDispatchStore(options: AwsDispatchStoreOptions): DispatchStore {
  const { dynamodb, clock, backoff = BACKOFF, newId = randomUUID } = options;
  const context: DispatchContext = {
    dynamodb,
    clock,
    backoff,
    newId,
    lastWritten: new LastWritten(),
  };
  return {
    create: (params) => createDispatch(context, params),
    get: (key) => readDispatch(context, key),
    getMany: (keys) => readDispatches(context, keys),
    findByIdempotencyKey: (params) => findIdempotencyKey(context, params),
    move: ({ move, ...params }) =>
      move.to === 'RUNNING' || move.to === 'PENDING'
        ? moveInPlace(context, { ...params, move })
        : endDispatch(context, { ...params, move }),
    admit: (params) => admitDispatch(context, params),
    annotate: (params) => annotateDispatch(context, params),
    list: async (params) => listDispatches(context, params),
    listByStatus: ({ statuses }) => listByStatus(context, statuses),
    queueHeads: (params) => queueHeads(context, params),
    queuePlace: (params) => queuePlace(context, params),
    slotUsage: ({ tenantIds }) => slotUsage(context, tenantIds),
    spending: (params) => readSpending(context, params),
    countQueued: ({ tenantId }) => countQueued(context, tenantId),
    isWorkspaceInUse: (params) => isWorkspaceInUse(context, params),
    listExpired: (params) => listExpired(context, params),
    remove: (key) => removeDispatch(context, key),
  };
}
