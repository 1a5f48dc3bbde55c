import type { DispatchRecord, DispatchSpec } from '@outpost/contracts';
import type { CreateDispatchParams, CreateDispatchResult } from '../ports/index.js';
import type { DispatchContext, Item } from './dispatch-context.js';
import { isWrittenBy, newItem, readDispatch, recordOf } from './dispatch-items.js';
import { emptyLine, joinLine } from './dispatch-queue.js';
import { takeSlots } from './dispatch-slots.js';
import { Expression } from './expression.js';
import { claimIdempotencyKey, entryOf } from './idempotency-keys.js';
import { TABLES } from './tables.js';
import { transact, type Refusals, type Step } from './transact.js';
import { workspaceSlot } from './workspace-slot.js';

interface Attempt {
  readonly record: DispatchRecord;
  /** What its status takes. */
  readonly steps: Readonly<Record<string, Step>>;
}

/** PENDING with its slots in one transaction; when one of those is taken, or somebody waits, QUEUED in a second one. */
export async function createDispatch(
  context: DispatchContext,
  params: CreateDispatchParams,
): Promise<CreateDispatchResult> {
  const moveId = context.newId();
  const result =
    (await write(context, { ...params, moveId }, started(params))) ??
    (await write(context, { ...params, moveId }, queued(params.spec)));
  if (result === undefined) throw new TypeError('To wait needs no room.');
  return result;
}

function started({ spec, at, limits }: CreateDispatchParams): Attempt {
  return {
    record: { ...spec, status: 'PENDING', pendingAt: at, launches: 0 },
    steps: { ...takeSlots(spec, limits), ...emptyLine(spec), ...workspaceSlot('take', spec) },
  };
}

function queued(spec: DispatchSpec): Attempt {
  return {
    record: { ...spec, status: 'QUEUED' },
    steps: { ...joinLine(spec), ...workspaceSlot('wait', spec) },
  };
}

/** Undefined when there is no room. */
async function write(
  context: DispatchContext,
  params: CreateDispatchParams & { readonly moveId: string },
  { record, steps }: Attempt,
): Promise<CreateDispatchResult | undefined> {
  const job = putJob(newItem(record, params.moveId));
  const refusals = await transact(context, { job, ...idempotencyStep(params), ...steps });
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
  if (earlier === undefined || claim === undefined) return undefined;
  const { dispatchId, requestHash } = entryOf(earlier);
  const record =
    requestHash === claim.requestHash ? await readDispatch(context, { tenantId, dispatchId }) : undefined;
  return record === undefined ? { outcome: 'conflict', dispatchId } : { outcome: 'replayed', record };
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

function idempotencyStep({ spec, at, idempotency: claim }: CreateDispatchParams): {
  readonly idempotency?: Step;
} {
  if (claim === undefined) return {};
  const now = Math.floor(Date.parse(at) / 1_000);
  return { idempotency: claimIdempotencyKey({ ...spec, claim, now }) };
}
