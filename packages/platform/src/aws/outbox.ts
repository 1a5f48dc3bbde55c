import { DeleteCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { OutpostEvent } from '@outpost/contracts';
import type { Outbox } from '../ports/index.js';
import { BACKOFF, untilUncontended, type Backoff } from './contention.js';
import { outboxKey } from './control-keys.js';
import { Expression } from './expression.js';
import { queryItems } from './query-pages.js';
import { TABLES } from './tables.js';
import type { Step } from './transact.js';

const { name: TableName, indexes } = TABLES.control;
const [{ name: IndexName }] = indexes;
const PENDING = 'pending';

/** Goes into the transaction that writes what the event tells of. Events of one moment are kept in the order of their ids. */
export function outboxStep(event: OutpostEvent): Step {
  const occurredAt = `${event.occurredAt}#${event.eventId}`;
  return { Put: { TableName, Item: { ...outboxKey(event), event, outbox: PENDING, occurredAt } } };
}

/** The index is a moment behind: what was just delivered may be answered once more. */
export function createAwsOutbox(options: {
  readonly dynamodb: DynamoDBDocumentClient;
  readonly backoff?: Backoff;
}): Outbox {
  const { dynamodb, backoff = BACKOFF } = options;
  return {
    async pending({ limit, before }) {
      const expression = new Expression();
      const isPending = expression.compare('outbox', '=', PENDING);
      const KeyConditionExpression =
        before === undefined
          ? isPending
          : `${isPending} AND ${expression.compare('occurredAt', '<', before)}`;
      const query = {
        TableName,
        IndexName,
        KeyConditionExpression,
        ...expression.attributes(),
        Limit: limit,
      };
      const events: OutpostEvent[] = [];
      for await (const item of queryItems({ dynamodb }, query)) {
        if (events.push(item['event'] as OutpostEvent) === limit) break;
      }
      return events;
    },
    async markDelivered(event) {
      const command = new DeleteCommand({ TableName, Key: outboxKey(event) });
      await untilUncontended(backoff, () => dynamodb.send(command));
    },
  };
}
