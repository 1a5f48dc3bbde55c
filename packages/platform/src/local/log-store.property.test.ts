import { OutpostError, type LogLine } from '@outpost/contracts';
import fc from 'fast-check';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createTemporaryLocalPlatform, newDispatchId, TEST_AT } from '../testing/index.js';

const TEXTS = ['one', 'zwei é', '', '🚀'.repeat(30), 'a\nb', '{"at":1}'];

/** A log of these texts, with what is no line among them. */
async function writtenLog() {
  const local = await createTemporaryLocalPlatform();
  onTestFinished(local.cleanup);
  const key = { tenantId: 'acme', dispatchId: newDispatchId() };
  const { logs: writer } = local.openWorker();
  const path = join(local.dataDir, 'logs', 'acme', `${key.dispatchId}.jsonl`);
  for (const text of TEXTS) {
    await writer.append({ ...key, lines: [{ at: TEST_AT, kind: 'text', text } satisfies LogLine] });
    await appendFile(path, Buffer.from([0xff, 0, 0x7b, 0x0a]));
  }
  return { key, logs: local.open().logs };
}

it('answers a cursor that a page gave with the rest, and any other as one that is none', async () => {
  const { key, logs } = await writtenLog();
  const made = new Map([['0', TEXTS]]);
  for (const [index, { cursor }] of (await logs.read({ ...key, limit: 100 })).entries.entries())
    made.set(cursor, TEXTS.slice(index + 1));
  const cursor = fc.oneof(
    fc.constantFrom(...made.keys()),
    fc.nat(1_000).map(String),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 600 }),
    fc.constantFrom('-1', '1e3', '0x0', '00', ' 0', '9'.repeat(16), '9'.repeat(400), '__proto__', '0\n'),
  );
  await fc.assert(
    fc.asyncProperty(cursor, fc.integer({ min: 1, max: 10 }), async (asked, limit) => {
      const rest = made.get(asked);
      const page = await logs.read({ ...key, cursor: asked, limit }).catch((error: unknown) => error);
      if (page instanceof OutpostError) {
        expect(page.code).toBe('VALIDATION_ERROR');
        expect(rest).toBeUndefined();
        return;
      }
      const { entries } = page as Awaited<ReturnType<typeof logs.read>>;
      const texts = entries.map(({ line }) => line.text);
      // The end of what is no line is a place between two lines, too.
      expect(TEXTS.join('|')).toContain(texts.join('|'));
      if (rest !== undefined) expect(texts).toEqual(rest.slice(0, limit));
    }),
    { numRuns: 400 },
  );
});
