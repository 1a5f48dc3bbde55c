import { DeleteCommand, GetCommand } from '@aws-sdk/lib-dynamodb';
import type { AcceptedStatus, DispatchKey, IdempotencyClaim } from '../ports/index.js';
import { isWritten } from './conditional-write.js';
import { untilUncontended } from './contention.js';
import { idempotencyKey } from './control-keys.js';
import type { DispatchContext, Item } from './dispatch-context.js';
import { Expression } from './expression.js';
import { TABLES } from './tables.js';
import type { Step } from './transact.js';

export interface IdempotencyEntry {
  readonly dispatchId: string;
  readonly requestHash: string;
  readonly acceptedAs: AcceptedStatus;
}

/** Fails, and shows the entry, when the key has made something that has not expired at `now` (epoch seconds). */
export function claimIdempotencyKey(
  params: DispatchKey & {
    readonly claim: IdempotencyClaim;
    readonly acceptedAs: AcceptedStatus;
    readonly now: number;
  },
): Step {
  const { tenantId, dispatchId, claim, acceptedAs, now } = params;
  const { key, requestHash, expiresAt: ttl } = claim;
  const expression = new Expression();
  const ConditionExpression = `${expression.isAbsent('ttl')} OR ${expression.compare('ttl', '<=', now)}`;
  return {
    Put: {
      TableName: TABLES.control.name,
      Item: { ...idempotencyKey({ tenantId, key }), dispatchId, requestHash, acceptedAs, ttl },
      ConditionExpression,
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      ...expression.attributes(),
    },
  };
}

/** What the key made, unless it has expired at `now` (epoch seconds). */
export async function findIdempotencyKey(
  { dynamodb }: Pick<DispatchContext, 'dynamodb'>,
  { now, ...key }: { readonly tenantId: string; readonly key: string; readonly now: number },
): Promise<IdempotencyEntry | undefined> {
  const { Item: item } = await dynamodb.send(
    new GetCommand({ TableName: TABLES.control.name, Key: idempotencyKey(key), ConsistentRead: true }),
  );
  return item === undefined || (item['ttl'] as number) <= now ? undefined : entryOf(item);
}

export function entryOf(item: Item): IdempotencyEntry {
  const { dispatchId, requestHash, acceptedAs } = item as Item & IdempotencyEntry;
  return { dispatchId, requestHash, acceptedAs };
}

/** Forgets what the key made, if that is this dispatch. */
export async function removeIdempotencyKey(
  { dynamodb, backoff }: Pick<DispatchContext, 'dynamodb' | 'backoff'>,
  { tenantId, dispatchId, key }: DispatchKey & { readonly key: string },
): Promise<void> {
  const expression = new Expression();
  const ConditionExpression = expression.compare('dispatchId', '=', dispatchId);
  const command = new DeleteCommand({
    TableName: TABLES.control.name,
    Key: idempotencyKey({ tenantId, key }),
    ConditionExpression,
    ...expression.attributes(),
  });
  await isWritten(untilUncontended(backoff, () => dynamodb.send(command)));
}
