import { UpdateCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { CounterStore } from '../ports/index.js';
import { counterKey } from './control-keys.js';
import { Expression } from './expression.js';
import { TABLES } from './tables.js';

/** Each count is a row of outpost-control, which DynamoDB deletes when it has expired. */
export function createAwsCounterStore({
  dynamodb,
}: {
  readonly dynamodb: DynamoDBDocumentClient;
}): CounterStore {
  return {
    async add({ name, count, expiresAt }) {
      const expression = new Expression();
      const UpdateExpression = expression.update({ set: { ttl: expiresAt }, add: { count } });
      const { Attributes } = await dynamodb.send(
        new UpdateCommand({
          TableName: TABLES.control.name,
          Key: counterKey(name),
          UpdateExpression,
          ReturnValues: 'UPDATED_NEW',
          ...expression.attributes(),
        }),
      );
      return Number(Attributes?.['count']);
    },
  };
}
