import { QueryCommand, type QueryCommandInput } from '@aws-sdk/lib-dynamodb';
import type { DispatchContext, Item } from './dispatch-context.js';

/** Items of a query, page after page, as far as they are asked for. */
export async function* queryItems(
  { dynamodb }: Pick<DispatchContext, 'dynamodb'>,
  input: QueryCommandInput,
): AsyncGenerator<Item> {
  let { ExclusiveStartKey } = input;
  do {
    const { Items = [], LastEvaluatedKey } = await dynamodb.send(
      new QueryCommand({ ...input, ExclusiveStartKey }),
    );
    yield* Items;
    ExclusiveStartKey = LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
}
