import { randomUUID } from 'node:crypto';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createTestClients } from '../testing/aws/clients.js';
import { startEventBridge } from '../testing/aws/event-bridge.js';
import { startFauxqs } from '../testing/aws/fauxqs.js';
import { describeEventFeedConformance } from '../testing/event-feed-conformance.js';
import { looseCostEvent } from '../testing/fixtures.js';
import { createAwsEventBus, EVENT_SOURCE } from './event-bus.js';
import { createAwsEventFeed, type AwsEventFeedOptions } from './event-feed.js';

const PATIENCE_MS = 10_000;
const busName = 'outpost-events';

const create = async (options: Partial<AwsEventFeedOptions> = {}) => {
  const fauxqs = await startFauxqs();
  const { sqs } = createTestClients({ sqs: fauxqs.url });
  const eventBridge = await startEventBridge({ sqs });
  const clients = createTestClients({ events: eventBridge.url, sqs: fauxqs.url });
  const queueUrl = await fauxqs.createQueue(randomUUID());
  eventBridge.addRule({ busName, queueUrl, pattern: { source: [EVENT_SOURCE] } });
  const feed = createAwsEventFeed({ sqs: clients.sqs, queueUrl, ...options });
  return {
    feed,
    events: createAwsEventBus({ events: clients.events, busName }),
    queueUrl,
    sqs,
    requestsOf: (operation: string) =>
      fauxqs.requests.filter(({ headers }) => headers['x-amz-target'] === `AmazonSQS.${operation}`),
    async cleanup() {
      feed.close();
      clients.destroy();
      sqs.destroy();
      await eventBridge.close();
      await fauxqs.close();
    },
  };
};

const start: typeof create = async (options) => {
  const subject = await create(options);
  onTestFinished(subject.cleanup);
  return subject;
};

const eventually = <T>(check: () => T): Promise<T> =>
  vi.waitFor(check, { timeout: PATIENCE_MS, interval: 20 });

describeEventFeedConformance('SQS', { create, patienceMs: PATIENCE_MS });

describe('the queue of the feed', () => {
  it('is asked by nobody until there is a listener, and then by one', async () => {
    const { feed, requestsOf } = await start();
    expect(requestsOf('ReceiveMessage')).toHaveLength(0);
    feed.subscribe(() => {});
    feed.subscribe(() => {});
    await eventually(() => expect(requestsOf('ReceiveMessage')).toHaveLength(1));
  });

  it('is left with no message that was told of', async () => {
    const { feed, events, requestsOf } = await start();
    const listener = vi.fn<() => void>();
    feed.subscribe(listener);
    for (const count of [1, 2]) {
      await events.publish(looseCostEvent());
      await eventually(() => expect(listener).toHaveBeenCalledTimes(count));
      await eventually(() => expect(requestsOf('DeleteMessageBatch')).toHaveLength(count));
    }
  });

  it('is asked no more as soon as the last has gone', async () => {
    const receive = vi.fn<(signal: AbortSignal) => void>();
    const sqs = {
      send: (_: unknown, { abortSignal }: { readonly abortSignal: AbortSignal }) => {
        receive(abortSignal);
        return new Promise((_resolve, reject) => {
          abortSignal.addEventListener('abort', () => reject(new Error('aborted')));
        });
      },
    } as unknown as AwsEventFeedOptions['sqs'];
    const feed = createAwsEventFeed({ sqs, queueUrl: 'http://127.0.0.1:9/1/wake' });
    const [first, second] = [feed.subscribe(() => {}), feed.subscribe(() => {})];
    const signal = receive.mock.calls[0]![0];
    first();
    expect(signal.aborted).toBe(false);
    second();
    expect(signal.aborted).toBe(true);
    feed.subscribe(() => {});
    expect(receive).toHaveBeenCalledTimes(2);
    feed.close();
    expect(receive.mock.calls[1]![0].aborted).toBe(true);
  });
});

describe('a queue that does not answer', () => {
  it('is asked again after pauses that grow, until it does', async () => {
    const pauses: number[] = [];
    const { feed, queueUrl, sqs: real, events } = await start();
    feed.close();
    let failures = 8;
    const failing = {
      send: (...args: Parameters<typeof real.send>) => {
        if (failures === 0) return real.send(...args);
        failures -= 1;
        return Promise.reject(new Error('no answer'));
      },
    } as unknown as AwsEventFeedOptions['sqs'];
    const pause = async (durationMs: number): Promise<void> => void pauses.push(durationMs);
    const patient = createAwsEventFeed({ sqs: failing, queueUrl, pause });
    onTestFinished(() => patient.close());
    const listener = vi.fn<() => void>();
    patient.subscribe(listener);
    await events.publish(looseCostEvent());
    await eventually(() => expect(listener).toHaveBeenCalled());
    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  });
});

it('tells nobody anything where there is no queue', () => {
  const sqs = { send: vi.fn<() => void>() };
  const feed = createAwsEventFeed({
    sqs: sqs as unknown as AwsEventFeedOptions['sqs'],
    queueUrl: undefined,
  });
  feed.subscribe(() => {})();
  expect(sqs.send).not.toHaveBeenCalled();
});
