import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createTemporaryLocalPlatform, looseCostEvent } from '../testing/index.js';

const start = async () => {
  const local = await createTemporaryLocalPlatform();
  onTestFinished(local.cleanup);
  const path = join(local.dataDir, 'events.jsonl');
  return { ...local, path, lines: async () => (await readFile(path, 'utf8')).split('\n') };
};

it('writes an event once, also after a restart and from two control planes', async () => {
  const { open, lines } = await start();
  const event = looseCostEvent();
  const [first, second] = [open(), open()];
  await Promise.all([first.events.publish(event), second.events.publish(event)]);
  await first.close();
  await open().events.publish(event);
  expect(await lines()).toEqual([JSON.stringify(event), '']);
});

it('gives an event a line of its own after the half of one that a crash left', async () => {
  const { open, lines, path } = await start();
  const platform = open();
  await appendFile(path, '{"eventId":"01K4');
  const event = looseCostEvent();
  await platform.events.publish(event);
  expect(await lines()).toEqual(['{"eventId":"01K4', JSON.stringify(event), '']);
});
