import type { AwsClients } from '../../aws/clients.js';

export interface DynamoDbCall {
  /** `Query`, `TransactWriteItems`. */
  readonly operation: string;
  /** What DynamoDB would charge for it, indexes included, as the server counts; that of a refusal is not told. */
  readonly capacityUnits: number;
  readonly isStronglyConsistent: boolean;
}

interface Consumption {
  readonly CapacityUnits?: number;
}

/** Everything that is asked of DynamoDB through this client from now on, in order. */
export function recordCalls(dynamodb: AwsClients['dynamodb']): DynamoDbCall[] {
  const calls: DynamoDbCall[] = [];
  dynamodb.middlewareStack.add(
    (next, { commandName = '' }) =>
      async (args) => {
        const input = { ...args.input, ReturnConsumedCapacity: 'TOTAL' as const };
        const call = {
          operation: commandName.replace(/Command$/, ''),
          isStronglyConsistent: JSON.stringify(input).includes('"ConsistentRead":true'),
          capacityUnits: 0,
        };
        calls.push(call);
        const result = await next({ ...args, input });
        const { ConsumedCapacity } = result.output as { ConsumedCapacity?: Consumption | Consumption[] };
        for (const { CapacityUnits = 0 } of [ConsumedCapacity ?? []].flat())
          call.capacityUnits += CapacityUnits;
        return result;
      },
    { step: 'initialize', name: 'recordCalls' },
  );
  return calls;
}
