import {
  CLAIMED,
  costEvent,
  createTemporaryLocalPlatform,
  creation,
  ending,
  TEST_AT,
} from '@outpost/platform/testing';
import { setImmediate as turn } from 'node:timers/promises';
import { pino } from 'pino';
import { expect, it, onTestFinished } from 'vitest';
import { createServices } from '../compose.js';
import { readConfig } from '../config.js';

const start = async () => {
  const local = await createTemporaryLocalPlatform();
  onTestFinished(local.cleanup);
  const platform = local.open();
  const created = await platform.dispatches.create(creation());
  if (created.outcome !== 'created') throw new Error(created.outcome);
  const { tenantId, dispatchId } = created.record;
  const key = { tenantId, dispatchId };
  await platform.dispatches.move({ ...key, move: CLAIMED });
  const { statusTracker } = createServices({
    config: readConfig({ OUTPOST_DATA_DIR: local.dataDir }),
    platform,
    logger: pino({ level: 'silent' }),
    shutdown: new AbortController().signal,
    clock: local.clock,
  });
  const writer = local.openWorker().logs;
  return {
    key,
    statusTracker,
    append: (text: string) => writer.append({ ...key, lines: [{ at: TEST_AT, kind: 'text', text }] }),
    async finish() {
      await writer.seal(key);
      const event = costEvent(created.record);
      await platform.dispatches.move({ ...key, move: ending('COMPLETED'), event });
    },
    /** What a follower from `cursor` on sees until the end. */
    async follow(cursor?: string): Promise<string[]> {
      const { signal } = new AbortController();
      const seen: string[] = [];
      for await (const event of await statusTracker.follow({ ...key, cursor, signal }))
        seen.push(event.type === 'log' ? event.line.text : event.status);
      return seen;
    },
  };
};

it('lets followers who come at any time see a whole log and its end', async () => {
  const { append, finish, follow } = await start();
  const following: Promise<string[]>[] = [];
  const texts = Array.from({ length: 60 }, (_, index) => `line ${index}`);
  for (const text of texts) {
    if (following.length < 12) following.push(follow());
    await append(text);
    await turn();
  }
  await finish();
  for (const seen of await Promise.all(following)) expect(seen).toEqual([...texts, 'COMPLETED']);
  expect(await follow()).toEqual([...texts, 'COMPLETED']);
});

it('says that a page is the last once the dispatch has ended and nothing follows', async () => {
  const { key, statusTracker, append, finish, follow } = await start();
  await append('one');
  await append('two');
  const page = { ...key, cursor: undefined, limit: 2 };
  expect(await statusTracker.logs(page)).toMatchObject({
    lines: [{ text: 'one' }, { text: 'two' }],
    complete: false,
  });
  await finish();
  expect(await statusTracker.logs({ ...page, limit: 1 })).toMatchObject({ complete: false });
  const { nextCursor, complete } = await statusTracker.logs(page);
  expect(complete).toBe(true);
  expect(await follow(nextCursor)).toEqual(['COMPLETED']);
});
