import { randomUUID } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createTestClients } from '../testing/aws/clients.js';
import { startEventBridge } from '../testing/aws/event-bridge.js';
import { startFauxqs } from '../testing/aws/fauxqs.js';
import { eventBusHarness } from '../testing/aws/harnesses.js';
import { createSqsClient, drainQueue } from '../testing/aws/sqs.js';
import { describeEventBusConformance, looseCostEvent } from '../testing/index.js';
import { createAwsEventBus, EVENT_SOURCE } from './event-bus.js';

const BUS = 'outpost-events';

const startServers = async () => {
  const fauxqs = await startFauxqs();
  const sqs = createSqsClient(fauxqs.url);
  const eventBridge = await startEventBridge({ sqs });
  const close = async () => {
    await eventBridge.close();
    sqs.destroy();
    await fauxqs.close();
  };
  return { fauxqs, sqs, eventBridge, close };
};

describeEventBusConformance(
  'aws',
  eventBusHarness(async () => {
    const { fauxqs, eventBridge, close } = await startServers();
    return {
      endpoints: { events: eventBridge.url },
      sqsUrl: fauxqs.url,
      async route({ busName, queueUrl }) {
        eventBridge.addRule({ busName, queueUrl, pattern: { source: [EVENT_SOURCE] } });
      },
      close,
    };
  }),
);

const start = async () => {
  const { fauxqs, sqs, eventBridge, close } = await startServers();
  const clients = createTestClients({ events: eventBridge.url });
  onTestFinished(async () => {
    clients.destroy();
    await close();
  });
  return {
    bus: createAwsEventBus({ events: clients.events, busName: BUS }),
    eventBridge,
    async queueFor(pattern: Parameters<typeof eventBridge.addRule>[0]['pattern'], busName = BUS) {
      const queueUrl = await fauxqs.createQueue(randomUUID());
      eventBridge.addRule({ busName, queueUrl, pattern });
      return () => drainQueue(sqs, queueUrl);
    },
  };
};

describe('an event on EventBridge', () => {
  it('reaches a target in an envelope by which rules select', async () => {
    const { bus, queueFor } = await start();
    const costs = await queueFor({ source: ['outpost'], 'detail-type': ['dispatch.cost'] });
    const event = looseCostEvent();
    await bus.publish(event);
    expect(await costs()).toEqual([
      {
        version: '0',
        id: expect.any(String),
        'detail-type': 'dispatch.cost',
        source: 'outpost',
        account: '123456789012',
        time: '2026-11-23T12:00:00Z',
        region: 'us-east-1',
        resources: [],
        detail: event,
      },
    ]);
  });

  it('reaches none whose rule asks for something else, or is on another bus', async () => {
    const { bus, queueFor } = await start();
    const queues = [
      await queueFor({ source: ['somebody'] }),
      await queueFor({ 'detail-type': ['dispatch.other'] }),
      await queueFor({ source: ['outpost'] }, 'default'),
    ];
    await bus.publish(looseCostEvent());
    for (const messages of queues) expect(await messages()).toEqual([]);
  });

  it('is not published when EventBridge takes the call and refuses the entry', async () => {
    const { bus, eventBridge } = await start();
    const message = 'Detail is malformed.';
    eventBridge.refuseNextEntry({ errorCode: 'MalformedDetail', errorMessage: message });
    await expect(bus.publish(looseCostEvent())).rejects.toThrow(`EventBridge refused the event: ${message}`);
    await bus.publish(looseCostEvent());
  });

  it.each(['ThrottlingException', 'InternalFailure', 'InternalException'])(
    'is to be tried again after %s of its entry',
    async (errorCode) => {
      const { bus, eventBridge } = await start();
      eventBridge.refuseNextEntry({ errorCode, errorMessage: 'later' });
      const rejection = { code: 'SERVICE_UNAVAILABLE', retryAfterSeconds: expect.any(Number) };
      await expect(bus.publish(looseCostEvent())).rejects.toMatchObject(rejection);
    },
  );
});
