import { DeleteCommand, PutCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { ContextDocumentSchema, type ContextDocument } from '@outpost/contracts';
import type { ContextDocumentStore } from '../ports/index.js';
import { contextDocumentKey, contextDocumentsPartition } from './control-keys.js';
import { partition } from './control-partition.js';
import type { Item } from './dispatch-context.js';
import { queryItems } from './query-pages.js';
import { TABLES } from './tables.js';

const { name: TableName } = TABLES.control;

export function createAwsContextDocumentStore({
  dynamodb,
}: {
  readonly dynamodb: DynamoDBDocumentClient;
}): ContextDocumentStore {
  return {
    async put({ tenantId, ...document }) {
      const Item = { ...contextDocumentKey({ tenantId, name: document.name }), ...document };
      await dynamodb.send(new PutCommand({ TableName, Item }));
    },
    async list({ tenantId }) {
      const documents: ContextDocument[] = [];
      for await (const item of queryItems({ dynamodb }, partition(contextDocumentsPartition(tenantId))))
        documents.push(documentOf(item));
      return documents;
    },
    async remove(key) {
      const command = new DeleteCommand({
        TableName,
        Key: contextDocumentKey(key),
        ReturnValues: 'ALL_OLD',
      });
      const { Attributes } = await dynamodb.send(command);
      return Attributes && documentOf(Attributes);
    },
  };
}

function documentOf(item: Item): ContextDocument {
  return ContextDocumentSchema.strip().parse(item);
}
