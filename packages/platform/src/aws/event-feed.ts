import { DeleteMessageBatchCommand, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { endedDispatchInEnvelope } from '../feed/ended-dispatch.js';
import type { EventFeed, FeedListener } from '../ports/index.js';
import { pauseFor, type Pause } from './pause.js';

/** SQS waits no longer, and gives no more at once. */
const WAIT_SECONDS = 20;
const MAX_MESSAGES = 10;
const FIRST_PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 30_000;

export interface AwsEventFeedOptions {
  readonly sqs: SQSClient;
  /** Of the queue that a rule of EventBridge fills. Without one nobody is told of anything. */
  readonly queueUrl: string | undefined;
  readonly pause?: Pause;
}

/**
 * Waits at a queue for as long as there is a listener. Each message goes to one of the control planes that wait there.
 * An outage is waited out: messages are hints, and none has to be read.
 */
export function createAwsEventFeed(options: AwsEventFeedOptions): EventFeed & { close(): void } {
  const { sqs, queueUrl, pause = pauseFor } = options;
  const listeners = new Set<FeedListener>();
  let waiting: AbortController | undefined;
  const end = (): void => {
    waiting?.abort();
    waiting = undefined;
  };
  const begin = (QueueUrl: string): void => {
    waiting = new AbortController();
    const { signal } = waiting;
    void waitAt({
      sqs,
      QueueUrl,
      pause,
      signal,
      tell: (ends) => listeners.forEach((listener) => listener(ends)),
    });
  };
  return {
    subscribe(listener) {
      // Its own, also of a listener that subscribes twice.
      const entry: FeedListener = (ends) => listener(ends);
      listeners.add(entry);
      if (queueUrl !== undefined && waiting === undefined) begin(queueUrl);
      return () => {
        listeners.delete(entry);
        if (listeners.size === 0) end();
      };
    },
    close() {
      listeners.clear();
      end();
    },
  };
}

interface Waiting {
  readonly sqs: SQSClient;
  readonly QueueUrl: string;
  readonly pause: Pause;
  readonly signal: AbortSignal;
  readonly tell: FeedListener;
}

async function waitAt(waiting: Waiting): Promise<void> {
  const { pause, signal } = waiting;
  for (let failures = 0; !signal.aborted;) {
    try {
      await takeBatch(waiting);
      failures = 0;
    } catch {
      const pauseMs = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures);
      failures += 1;
      await pause(pauseMs, signal).catch(() => undefined);
    }
  }
}

async function takeBatch({ sqs, QueueUrl, signal, tell }: Waiting): Promise<void> {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl,
      MaxNumberOfMessages: MAX_MESSAGES,
      WaitTimeSeconds: WAIT_SECONDS,
    }),
    { abortSignal: signal },
  );
  if (Messages.length === 0) return;
  tell(Messages.flatMap(({ Body = '' }) => endedDispatchInEnvelope(Body) ?? []));
  // One that stays because this fails comes again: another hint.
  const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
  await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
}
