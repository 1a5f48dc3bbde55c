import { lifecycleEventOf, type DispatchRecord, type DispatchSpec } from '@outpost/contracts';
import type { AcceptedStatus, CreateDispatchParams, CreateDispatchResult } from '../ports/index.js';
import { busyError } from './errors.js';
import type { DispatchContext, Item } from './dispatch-context.js';
import { isWrittenBy, newItem, readDispatch, recordOf } from './dispatch-items.js';
import { emptyLine, joinLine } from './dispatch-queue.js';
import { takeSlots } from './dispatch-slots.js';
import { Expression } from './expression.js';
import { claimIdempotencyKey, entryOf } from './idempotency-keys.js';
import { outboxStep } from './outbox.js';
import { TABLES } from './tables.js';
import { transact, type Refusals, type Step } from './transact.js';
import { isShared, isWorkspaceDeleted, takeWorkspace } from './workspace-line.js';

/** Of races lost in a row: each is lost to one who comes for the same workspace, or leaves it. */
const MAX_ROUNDS = 10;

interface Attempt {
  readonly record: DispatchRecord & { readonly status: AcceptedStatus };
  /** What its status takes. */
  readonly steps: Readonly<Record<string, Step>>;
}

/** PENDING with its slots in one transaction; when one of those is taken, or somebody waits, QUEUED in another. */
export async function createDispatch(
  context: DispatchContext,
  params: CreateDispatchParams,
): Promise<CreateDispatchResult> {
  const moveId = context.newId();
  for (const attempt of waysIn(params)) {
    const result = await write(context, { ...params, moveId }, attempt);
    if (result !== undefined) return result;
  }
  throw busyError(`Workspace ${params.spec.workspaceId} is asked for all the time. Try again in a moment.`, {
    random: context.backoff.random,
  });
}

/** Whether another waits for the same workspace is seen by who is refused; it may have changed by the next try. */
function* waysIn(params: CreateDispatchParams): Generator<Attempt> {
  yield started(params);
  yield queued(params.spec, 'first');
  for (let round = 0; isShared(params.spec) && round < MAX_ROUNDS; round += 1) {
    yield queued(params.spec, 'behind');
    yield queued(params.spec, 'first');
  }
}

function started({ spec, at, limits }: CreateDispatchParams): Attempt {
  return {
    record: { ...spec, status: 'PENDING', pendingAt: at, attempt: 1 },
    steps: { ...takeSlots(spec, { limits, at }), ...emptyLine(spec), ...takeWorkspace(spec) },
  };
}

function queued(spec: DispatchSpec, place: 'first' | 'behind'): Attempt {
  return { record: { ...spec, status: 'QUEUED' }, steps: joinLine(spec, place) };
}

/** Undefined when there is no room. */
async function write(
  context: DispatchContext,
  params: CreateDispatchParams & { readonly moveId: string },
  { record, steps }: Attempt,
): Promise<CreateDispatchResult | undefined> {
  const { moveId, idempotency } = params;
  const hidden = { moveId, ...(idempotency !== undefined && { idempotencyKey: idempotency.key }) };
  const job = putJob(newItem(record, hidden));
  const event = outboxStep(lifecycleEventOf(record));
  const refusals = await transact(context, {
    job,
    event,
    ...idempotencyStep(params, record.status),
    ...steps,
  });
  return refusals === undefined ? { outcome: 'created', record } : resultOf(context, params, refusals);
}

async function resultOf(
  context: DispatchContext,
  { spec, idempotency: claim, moveId }: CreateDispatchParams & { readonly moveId: string },
  refusals: Refusals,
): Promise<CreateDispatchResult | undefined> {
  const { tenantId } = spec;
  const standing = refusals.get('job');
  if (standing !== undefined && isWrittenBy(standing, { moveId }))
    return { outcome: 'created', record: recordOf(standing) };
  if (refusals.has('job')) throw new Error(`There is a dispatch ${spec.dispatchId} already.`);
  const earlier = refusals.get('idempotency');
  if (earlier === undefined || claim === undefined)
    return isWorkspaceDeleted(refusals.get('workspaceSlot')) ? { outcome: 'workspace_gone' } : undefined;
  const { dispatchId, requestHash, acceptedAs } = entryOf(earlier);
  const record =
    requestHash === claim.requestHash ? await readDispatch(context, { tenantId, dispatchId }) : undefined;
  return record === undefined
    ? { outcome: 'conflict', dispatchId }
    : { outcome: 'replayed', record, acceptedAs };
}

function putJob(item: Item): Step {
  const expression = new Expression();
  const ConditionExpression = expression.isAbsent('dispatchId');
  return {
    Put: {
      TableName: TABLES.jobs.name,
      Item: item,
      ConditionExpression,
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      ...expression.attributes(),
    },
  };
}

function idempotencyStep(
  { spec, at, idempotency: claim }: CreateDispatchParams,
  acceptedAs: AcceptedStatus,
): { readonly idempotency?: Step } {
  if (claim === undefined) return {};
  const now = Math.floor(Date.parse(at) / 1_000);
  return { idempotency: claimIdempotencyKey({ ...spec, claim, acceptedAs, now }) };
}
