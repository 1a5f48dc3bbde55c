import type { QueryCommandInput } from '@aws-sdk/lib-dynamodb';
import { Expression } from './expression.js';
import { TABLES } from './tables.js';

/** The rows of a partition of outpost-control as they are now: all, or those whose sort key is `before` another. */
export function partition(pk: string, { before }: { readonly before?: string } = {}): QueryCommandInput {
  const expression = new Expression();
  const keys = [
    expression.compare('pk', '=', pk),
    ...(before === undefined ? [] : [expression.compare('sk', '<', before)]),
  ];
  return {
    TableName: TABLES.control.name,
    KeyConditionExpression: keys.join(' AND '),
    ConsistentRead: true,
    ...expression.attributes(),
  };
}
