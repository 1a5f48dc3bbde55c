import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import { buildApp } from 'fauxqs';
import type { IncomingHttpHeaders } from 'node:http';
import { createTestClients } from './clients.js';
import { createSqsClient } from './sqs.js';

/** A request as it came over the wire. */
export interface ReceivedRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
}

/** S3 and SQS. It takes any signature, and any presigned URL: `fetchPresigned` checks those. */
export interface FauxqsServer {
  readonly url: string;
  readonly requests: readonly ReceivedRequest[];
  createBucket(name: string): Promise<void>;
  /** Resolves to the URL of the queue. */
  createQueue(name: string): Promise<string>;
  close(): Promise<void>;
}

/** Starts S3 and SQS, in memory, on a free port of loopback. */
export async function startFauxqs(): Promise<FauxqsServer> {
  const requests: ReceivedRequest[] = [];
  const app = buildApp({ logger: false });
  app.server.on('request', ({ method = '', url = '', headers }) => requests.push({ method, url, headers }));
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  const sqs = createSqsClient(url);
  const clients = createTestClients({ s3: url });
  return {
    url,
    requests,
    async createBucket(name) {
      await clients.s3.send(new CreateBucketCommand({ Bucket: name }));
    },
    async createQueue(name) {
      const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
      return QueueUrl;
    },
    async close() {
      sqs.destroy();
      clients.destroy();
      await app.close();
    },
  };
}
