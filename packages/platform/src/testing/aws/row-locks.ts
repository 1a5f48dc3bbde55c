import { HttpResponse, type HttpRequest } from '@smithy/core/protocols';
import { NodeHttpHandler, type NodeHttpHandlerOptions } from '@smithy/node-http-handler';
import { Readable } from 'node:stream';
import { TABLES, type TableDefinition } from '../../aws/tables.js';

type Attributes = Readonly<Record<string, unknown>>;

interface Write {
  readonly TableName: string;
  readonly Key?: Attributes;
  readonly Item?: Attributes;
}

/**
 * DynamoDB refuses a write while a transaction is under way on the same row, where the server of the tests makes it wait.
 * Clients that share this are refused like that.
 */
export class RowLocks {
  /** Writes that were refused so far. */
  conflicts = 0;
  readonly #locked = new Set<string>();

  /** For `createTestClients`. */
  readonly createHandler = (options: NodeHttpHandlerOptions): NodeHttpHandler =>
    new LockingHandler(options, this);

  /** Which of the rows are in a transaction. None: then they are from now on, until they are let go of. */
  take(rows: readonly string[]): readonly boolean[] {
    const taken = rows.map((row) => this.#locked.has(row));
    if (taken.includes(true)) this.conflicts += 1;
    else for (const row of rows) this.#locked.add(row);
    return taken;
  }

  letGo(rows: readonly string[]): void {
    for (const row of rows) this.#locked.delete(row);
  }
}

class LockingHandler extends NodeHttpHandler {
  readonly #locks: RowLocks;

  constructor(options: NodeHttpHandlerOptions, locks: RowLocks) {
    super(options);
    this.#locks = locks;
  }

  override async handle(
    request: HttpRequest,
    options?: Parameters<NodeHttpHandler['handle']>[1],
  ): Promise<{ response: HttpResponse }> {
    const operation = (request.headers['x-amz-target'] ?? '').split('.').at(-1) ?? '';
    const rows = rowsWrittenBy(operation, new TextDecoder().decode(request.body as Uint8Array));
    const taken = this.#locks.take(rows);
    if (taken.includes(true)) return { response: refusal(operation, taken) };
    try {
      return await super.handle(request, options);
    } finally {
      this.#locks.letGo(rows);
    }
  }
}

function rowsWrittenBy(operation: string, body: string): readonly string[] {
  if (operation === 'TransactWriteItems') {
    const { TransactItems } = JSON.parse(body) as { TransactItems: Readonly<Record<string, Write>>[] };
    return TransactItems.flatMap((item) => Object.values(item).map(rowOf));
  }
  const isWrite = ['PutItem', 'UpdateItem', 'DeleteItem'].includes(operation);
  return isWrite ? [rowOf(JSON.parse(body) as Write)] : [];
}

function rowOf({ TableName, Key, Item }: Write): string {
  const table = Object.values<TableDefinition>(TABLES).find(({ name }) => name === TableName);
  const key = [table?.partitionKey, table?.sortKey].map((attribute) => (Key ?? Item)?.[attribute ?? '']);
  return JSON.stringify([TableName, key]);
}

function refusal(operation: string, taken: readonly boolean[]): HttpResponse {
  const isTransaction = operation === 'TransactWriteItems';
  const CancellationReasons = taken.map((isTaken) => ({ Code: isTaken ? 'TransactionConflict' : 'None' }));
  const body = isTransaction
    ? { __type: 'TransactionCanceledException', message: 'Transaction cancelled.', CancellationReasons }
    : { __type: 'TransactionConflictException', message: 'Transaction is ongoing for the item.' };
  return new HttpResponse({
    statusCode: 400,
    headers: { 'content-type': 'application/x-amz-json-1.0' },
    body: Readable.from([Buffer.from(JSON.stringify(body))]),
  });
}
