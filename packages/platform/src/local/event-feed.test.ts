import { existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import {
  createTemporaryLocalPlatform,
  describeEventFeedConformance,
  looseCostEvent,
} from '../testing/index.js';

const PATIENCE_MS = 10_000;

describeEventFeedConformance('local', {
  patienceMs: PATIENCE_MS,
  async create() {
    const local = await createTemporaryLocalPlatform();
    return { feed: local.open().feed, events: local.openWorker().events, cleanup: local.cleanup };
  },
});

const start = async () => {
  const local = await createTemporaryLocalPlatform();
  onTestFinished(local.cleanup);
  const control = local.open();
  const listener = vi.fn<() => void>();
  control.feed.subscribe(listener);
  const { events } = local.openWorker();
  const untilCalled = () => vi.waitFor(() => expect(listener).toHaveBeenCalled(), { timeout: PATIENCE_MS });
  return { ...local, control, listener, events, untilCalled };
};

it('goes on when the file of events is moved away', async () => {
  const { dataDir, events, listener, untilCalled } = await start();
  await events.publish(looseCostEvent());
  await untilCalled();
  listener.mockClear();
  await rename(join(dataDir, 'events.jsonl'), join(dataDir, 'events.1.jsonl'));
  await untilCalled();
  listener.mockClear();
  await events.publish(looseCostEvent());
  await untilCalled();
  expect(existsSync(join(dataDir, 'events.jsonl'))).toBe(true);
});

it('is over when its platform is closed', async () => {
  const { control, open, events, listener } = await start();
  const other = vi.fn<() => void>();
  open().feed.subscribe(other);
  await control.close();
  listener.mockClear();
  await events.publish(looseCostEvent());
  await vi.waitFor(() => expect(other).toHaveBeenCalled(), { timeout: PATIENCE_MS });
  expect(listener).not.toHaveBeenCalled();
});
