import {
  ListTablesCommand,
  ScanCommand,
  type DynamoDBClient,
  type ScanCommandOutput,
} from '@aws-sdk/client-dynamodb';
import {
  GetObjectCommand,
  ListBucketsCommand,
  paginateListObjectsV2,
  type S3Client,
} from '@aws-sdk/client-s3';

/** A row or an object, with all that is kept of it. */
export interface StoredContent {
  /** `dynamodb/<table>` or `s3/<bucket>/<key>` */
  readonly place: string;
  /** A row as JSON, in DynamoDB's own notation; an object's bytes. */
  readonly body: Buffer;
}

/** Every row of every table and every object of every bucket. For tests only: the product never scans. */
export async function readAtRest(clients: {
  readonly dynamodb: Pick<DynamoDBClient, 'send'>;
  readonly s3: S3Client;
}): Promise<readonly StoredContent[]> {
  return [...(await readTables(clients.dynamodb)), ...(await readBuckets(clients.s3))];
}

async function readTables(dynamodb: Pick<DynamoDBClient, 'send'>): Promise<readonly StoredContent[]> {
  const { TableNames = [] } = await dynamodb.send(new ListTablesCommand({}));
  const rows: StoredContent[] = [];
  for (const TableName of TableNames) {
    let page: ScanCommandOutput | undefined;
    do {
      const ExclusiveStartKey = page?.LastEvaluatedKey;
      page = await dynamodb.send(new ScanCommand({ TableName, ConsistentRead: true, ExclusiveStartKey }));
      for (const item of page.Items ?? [])
        rows.push({ place: `dynamodb/${TableName}`, body: Buffer.from(JSON.stringify(item)) });
    } while (page.LastEvaluatedKey !== undefined);
  }
  return rows;
}

async function readBuckets(s3: S3Client): Promise<readonly StoredContent[]> {
  const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
  const objects: StoredContent[] = [];
  for (const { Name: Bucket = '' } of Buckets) {
    for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket })) {
      for (const { Key = '' } of Contents) {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
        const bytes = await Body?.transformToByteArray();
        objects.push({ place: `s3/${Bucket}/${Key}`, body: Buffer.from(bytes ?? []) });
      }
    }
  }
  return objects;
}
