import { DeleteCommand, UpdateCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { OutpostEvent } from '@outpost/contracts';
import { dueAtOf, type Outbox, type OutboxEntry } from '../ports/index.js';
import { isWritten } from './conditional-write.js';
import { BACKOFF, untilUncontended, type Backoff } from './contention.js';
import { outboxKey } from './control-keys.js';
import { Expression } from './expression.js';
import { queryItems } from './query-pages.js';
import { TABLES } from './tables.js';
import type { Step } from './transact.js';

const { name: TableName, indexes } = TABLES.control;
const [{ name: IndexName }] = indexes;
const PENDING = 'pending';
/** Sorts after every event of that time. */
const LAST = '#~';

/** Goes into the transaction that writes what the event tells of. Events due at one time are kept in the order of their ids. */
export function outboxStep(event: OutpostEvent): Step {
  const occurredAt = sortKey(dueAtOf(event), event);
  return { Put: { TableName, Item: { ...outboxKey(event), event, outbox: PENDING, occurredAt } } };
}

/** The index is a moment behind: what was just removed may be answered once more. */
export function createAwsOutbox(options: {
  readonly dynamodb: DynamoDBDocumentClient;
  readonly backoff?: Backoff;
}): Outbox {
  const { dynamodb, backoff = BACKOFF } = options;
  return {
    async due({ now, limit }) {
      const expression = new Expression();
      const isDue = [
        expression.compare('outbox', '=', PENDING),
        expression.compare('occurredAt', '<', now + LAST),
      ];
      const KeyConditionExpression = isDue.join(' AND ');
      const query = { TableName, IndexName, KeyConditionExpression, ...expression.attributes() };
      const entries: OutboxEntry[] = [];
      for await (const item of queryItems({ dynamodb }, { ...query, Limit: limit })) {
        const entry = { event: item['event'] as OutpostEvent, isPublished: item['isPublished'] === true };
        if (entries.push(entry) === limit) break;
      }
      return entries;
    },
    async markPublished(event) {
      const expression = new Expression();
      const set = { isPublished: true, occurredAt: sortKey(event.occurredAt, event) };
      const command = new UpdateCommand({
        TableName,
        Key: outboxKey(event),
        UpdateExpression: expression.update({ set }),
        ConditionExpression: expression.isPresent('event'),
        ...expression.attributes(),
      });
      await isWritten(untilUncontended(backoff, () => dynamodb.send(command)));
    },
    async remove(event) {
      const command = new DeleteCommand({ TableName, Key: outboxKey(event) });
      await untilUncontended(backoff, () => dynamodb.send(command));
    },
  };
}

function sortKey(at: string, { eventId }: OutpostEvent): string {
  return `${at}#${eventId}`;
}
