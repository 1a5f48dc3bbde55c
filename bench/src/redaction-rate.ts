import { createRedactor } from '@outpost/agent-runner';
import { randomBytes } from 'node:crypto';

const SECRETS = 20;
const CHUNK_BYTES = 64 * 1024;
const MEGABYTES = 64;

/** Megabytes per second that are looked through for so many secrets in all their forms: a log without any of them. */
export function redactionMbPerSecond(): number {
  const secrets = Array.from({ length: SECRETS }, () => randomBytes(24).toString('base64url'));
  const line =
    '2026-11-24T12:00:00.000Z src/cart/total.ts:42 expected 12.50 to equal 0 (3 tests, 1 failed)\n';
  const chunk = Buffer.from(line.repeat(Math.ceil(CHUNK_BYTES / line.length)).slice(0, CHUNK_BYTES));
  const stream = createRedactor(secrets).stream();
  const chunks = (MEGABYTES * 1024 * 1024) / CHUNK_BYTES;
  const began = performance.now();
  for (let index = 0; index < chunks; index += 1) stream.push(chunk);
  stream.end();
  const seconds = (performance.now() - began) / 1_000;
  return Math.round(MEGABYTES / seconds);
}
