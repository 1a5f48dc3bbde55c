import type { QueryCommandInput } from '@aws-sdk/lib-dynamodb';
import { Expression } from './expression.js';
import { TABLES } from './tables.js';

interface Range {
  readonly before?: string;
  readonly prefix?: string;
}

/** The rows of a partition of outpost-control as they are now: all, or those whose sort key is `before` another or has a `prefix`. */
export function partition(pk: string, { before, prefix }: Range = {}): QueryCommandInput {
  const expression = new Expression();
  const keys = [
    expression.compare('pk', '=', pk),
    ...(before === undefined ? [] : [expression.compare('sk', '<', before)]),
    ...(prefix === undefined ? [] : [expression.beginsWith('sk', prefix)]),
  ];
  return {
    TableName: TABLES.control.name,
    KeyConditionExpression: keys.join(' AND '),
    ConsistentRead: true,
    ...expression.attributes(),
  };
}
