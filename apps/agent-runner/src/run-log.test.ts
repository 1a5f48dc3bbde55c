import { systemClock } from '@outpost/platform';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createRedactor } from './redaction/index.js';
import { RunLog } from './run-log.js';

let directory: string;
let stored: string[];
let sealed: number;
const lost = new AbortController();

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'outpost-run-log-'));
  stored = [];
  sealed = 0;
});
afterEach(() => rmSync(directory, { recursive: true }));

function openLog(signal: AbortSignal = new AbortController().signal): RunLog {
  return new RunLog({
    logs: {
      append: async ({ lines }) => void stored.push(...lines.map(({ text }) => text)),
      seal: async () => void (sealed += 1),
    },
    key: { tenantId: 'acme', dispatchId: '01K4ZJ8W2T6V0Q9S3R5X7Y1B2C' },
    clock: systemClock,
    redactor: createRedactor([]),
    logger: pino({ level: 'silent' }),
    file: join(directory, 'output.log'),
    maxBytes: 100_000_000,
    lost: signal,
  });
}

const written = (): string => readFileSync(join(directory, 'output.log'), 'utf8');

it('a flush resolves when the file, too, holds every line so far', async () => {
  const log = openLog();
  const lines = Array.from({ length: 400 }, (_, number) => `${number} ${'x'.repeat(50_000)}`);
  for (const text of lines) log.agent({ kind: 'text', text });
  await log.flush();
  expect(written() === `${lines.join('\n')}\n`).toBe(true);
  expect(stored).toHaveLength(400);
  await log.close();
});

it('a flush does not wait for a file that cannot be written', async () => {
  rmSync(directory, { recursive: true });
  const log = openLog();
  log.system('Here.');
  await log.flush();
  await log.close();
  expect(stored).toEqual(['Here.']);
  directory = mkdtempSync(join(tmpdir(), 'outpost-run-log-'));
});

it('nothing is added to the live log, nor is it sealed, once the dispatch is lost', async () => {
  const log = openLog(lost.signal);
  log.system('Before.');
  await log.flush();
  lost.abort();
  log.system('After.');
  await log.close();
  await log.seal();
  expect(stored).toEqual(['Before.']);
  expect(sealed).toBe(0);
});
