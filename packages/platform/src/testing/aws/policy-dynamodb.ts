import { TABLES, type TableDefinition } from '../../aws/tables.js';
import type { IamPlace, IamRequest } from './policy.js';

/** The parts of all inputs that say which rows and attributes a call is about. */
interface Statement {
  readonly TableName?: string;
  readonly IndexName?: string;
  readonly Key?: Row;
  readonly Item?: Row;
  readonly KeyConditionExpression?: string;
  readonly ConditionExpression?: string;
  readonly FilterExpression?: string;
  readonly ProjectionExpression?: string;
  readonly UpdateExpression?: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Row;
}

/** Plain, or in DynamoDB's own notation. */
type Row = Readonly<Record<string, unknown>>;

const ONE_BY_ONE = ['GetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'Query', 'Scan'] as const;
/** What each item of a transaction is called, and what it takes to be allowed. */
const IN_TRANSACTION = {
  Get: 'GetItem',
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  ConditionCheck: 'ConditionCheckItem',
} as const;
const TRANSACTIONS = ['TransactWriteItems', 'TransactGetItems'] as const;
const BATCH = 'BatchGetItem';

type Operation = (typeof ONE_BY_ONE)[number] | (typeof TRANSACTIONS)[number] | typeof BATCH;

export function isDynamoDbOperation(operation: string): operation is Operation {
  return ([...ONE_BY_ONE, ...TRANSACTIONS, BATCH] as readonly string[]).includes(operation);
}

/** One for each item: a transaction needs no right of its own. */
export function rowRequests(operation: Operation, input: object, place: IamPlace): readonly IamRequest[] {
  if (operation === BATCH) return batchRequests(input, place);
  if (!isTransaction(operation)) return [rowRequest(operation, input, place)];
  const { TransactItems } = input as {
    TransactItems: readonly Partial<Record<keyof typeof IN_TRANSACTION, Statement>>[];
  };
  return TransactItems.flatMap((item) =>
    Object.entries(item).map(([kind, statement]) =>
      rowRequest(IN_TRANSACTION[kind as keyof typeof IN_TRANSACTION], statement, place),
    ),
  );
}

function batchRequests(input: object, place: IamPlace): readonly IamRequest[] {
  const { RequestItems } = input as { RequestItems: Readonly<Record<string, { Keys: readonly Row[] }>> };
  return Object.entries(RequestItems).flatMap(([TableName, { Keys }]) =>
    Keys.map((Key) => rowRequest(BATCH, { TableName, Key }, place)),
  );
}

function isTransaction(operation: Operation): operation is (typeof TRANSACTIONS)[number] {
  return (TRANSACTIONS as readonly string[]).includes(operation);
}

function rowRequest(operation: string, statement: Statement, { region, accountId }: IamPlace): IamRequest {
  const { TableName = '', IndexName } = statement;
  const table = `arn:aws:dynamodb:${region}:${accountId}:table/${TableName}`;
  const leadingKey = leadingKeyOf(statement);
  return {
    action: `dynamodb:${operation}`,
    resource: IndexName === undefined ? table : `${table}/index/${IndexName}`,
    accountId,
    context: {
      ...(leadingKey !== undefined && { 'dynamodb:LeadingKeys': [leadingKey] }),
      'dynamodb:Attributes': attributesOf(statement),
    },
  };
}

function leadingKeyOf(statement: Statement): string | undefined {
  const name = partitionKeyOf(statement);
  const { Key, Item, KeyConditionExpression, ExpressionAttributeValues = {} } = statement;
  if (KeyConditionExpression === undefined) return textOf((Key ?? Item)?.[name]);
  for (const [, left = '', right = ''] of KeyConditionExpression.matchAll(/(#?\w+)\s*=\s*(:\w+)/g))
    if (resolved(left, statement) === name) return textOf(ExpressionAttributeValues[right]);
  return undefined;
}

function partitionKeyOf({ TableName, IndexName }: Statement): string {
  const table = Object.values<TableDefinition>(TABLES).find(({ name }) => name === TableName);
  const keyed = IndexName === undefined ? table : table?.indexes.find(({ name }) => name === IndexName);
  if (keyed === undefined) throw new Error(`There is no table ${TableName} with such an index: ${IndexName}`);
  return keyed.partitionKey;
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'object' && value !== null && 'S' in value) return textOf(value.S);
  return typeof value === 'string' ? value : undefined;
}

/** The attributes that the call names, on the top level. */
function attributesOf(statement: Statement): readonly string[] {
  const { Key = {}, Item = {} } = statement;
  return [...new Set([...Object.keys(Key), ...Object.keys(Item), ...namesIn(statement)])];
}

const WORDS_OF_EXPRESSIONS = new Set(
  'add and attribute_exists attribute_not_exists attribute_type begins_with between contains delete if_not_exists in list_append not or remove set size'.split(
    ' ',
  ),
);

function namesIn(statement: Statement): readonly string[] {
  const text = [
    statement.KeyConditionExpression,
    statement.ConditionExpression,
    statement.FilterExpression,
    statement.ProjectionExpression,
    statement.UpdateExpression,
  ].join(' ');
  // A name stands first in a path: neither after a dot nor, as a value does, after a colon.
  const names = text.match(/(?<![\w.:#])#?[A-Za-z_]\w*/g) ?? [];
  return names
    .filter((name) => !WORDS_OF_EXPRESSIONS.has(name.toLowerCase()))
    .map((name) => resolved(name, statement));
}

function resolved(name: string, { ExpressionAttributeNames = {} }: Statement): string {
  return name.startsWith('#') ? (ExpressionAttributeNames[name] ?? name) : name;
}
