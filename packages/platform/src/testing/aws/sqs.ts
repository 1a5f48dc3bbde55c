import { DeleteMessageBatchCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { TEST_REGION } from './clients.js';

/** The client of one who consumes events. */
export function createSqsClient(endpoint: string): SQSClient {
  return new SQSClient({
    region: TEST_REGION,
    endpoint,
    credentials: { accessKeyId: 'AKIATESTCONSUMER', secretAccessKey: 'dummy-secret-of-a-test' },
  });
}

/** Takes all messages that are in the queue now: their bodies, parsed as JSON. */
export async function drainQueue(sqs: SQSClient, queueUrl: string): Promise<unknown[]> {
  const bodies: unknown[] = [];
  for (;;) {
    const batch = { QueueUrl: queueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 0 };
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(batch));
    if (Messages.length === 0) return bodies;
    bodies.push(...Messages.map(({ Body = '' }) => JSON.parse(Body) as unknown));
    const entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries: entries }));
  }
}
