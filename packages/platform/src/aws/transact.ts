import { TransactionCanceledException, type AttributeValue } from '@aws-sdk/client-dynamodb';
import { TransactWriteCommand, type TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { untilUncontended } from './contention.js';
import type { DispatchContext, Item } from './dispatch-context.js';

export type Step = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

/** By the name of each step whose condition did not hold, the item that stands there, if the step asked for it. */
export type Refusals = ReadonlyMap<string, Item | undefined>;

/**
 * Writes all steps or none; answers undefined once they are written, else what was in the way. The token is kept over
 * all repeats, so that one whose answer was lost is not written twice.
 */
export async function transact(
  { dynamodb, backoff, newId }: Pick<DispatchContext, 'dynamodb' | 'backoff' | 'newId'>,
  steps: Readonly<Record<string, Step>>,
): Promise<Refusals | undefined> {
  const command = new TransactWriteCommand({
    ClientRequestToken: newId(),
    TransactItems: Object.values(steps),
  });
  try {
    await untilUncontended(backoff, () => dynamodb.send(command));
    return undefined;
  } catch (error) {
    const refusals = refusalsIn(error, Object.keys(steps));
    if (refusals.size === 0) throw error;
    return refusals;
  }
}

function refusalsIn(error: unknown, names: readonly string[]): Refusals {
  if (!(error instanceof TransactionCanceledException)) return new Map();
  const reasons = error.CancellationReasons ?? [];
  return new Map(
    names.flatMap((name, index) => {
      const reason = reasons[index];
      return reason?.Code === 'ConditionalCheckFailed' ? [[name, itemIn(reason)] as const] : [];
    }),
  );
}

/** What the document client leaves as it came: an error's item. */
export function itemIn({
  Item,
}: {
  readonly Item?: Record<string, AttributeValue> | undefined;
}): Item | undefined {
  return Item === undefined ? undefined : unmarshall(Item);
}
