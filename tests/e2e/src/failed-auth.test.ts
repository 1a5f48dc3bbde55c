import type { ErrorBody } from '@outpost/contracts';
import { randomKey, startWithFakeAgent, type Outpost } from '@outpost/test-support';
import { afterAll, beforeAll, expect, it } from 'vitest';

let outpost: Outpost;

beforeAll(async () => {
  outpost = await startWithFakeAgent({ OUTPOST_FAILED_AUTH_PER_MINUTE: '5', OUTPOST_TRUSTED_PROXIES: '1' });
});
afterAll(() => outpost.stop());

const from = (address: string, key: string | null) =>
  outpost.call<ErrorBody>('GET', '/runs', { key, headers: { 'x-forwarded-for': address } });

it('an address that guesses keys is refused unseen, and nobody else is', async () => {
  expect((await from('192.0.2.1', outpost.apiKey)).status).toBe(200);
  for (let guess = 0; guess < 5; guess += 1) expect((await from('192.0.2.1', randomKey())).status).toBe(401);
  const refused = await from('192.0.2.1', randomKey());
  expect(refused).toMatchObject({ status: 429, body: { error: { code: 'RATE_LIMIT_EXCEEDED' } } });
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  // Somebody behind the same address, whose key is known; and somebody elsewhere.
  expect((await from('192.0.2.1', outpost.apiKey)).status).toBe(200);
  expect((await from('192.0.2.2', randomKey())).status).toBe(401);
});

it('an address that a caller made up in front of the proxy counts for nothing', async () => {
  for (let guess = 0; guess < 5; guess += 1) await from(`203.0.113.${guess}, 192.0.2.3`, randomKey());
  expect((await from('203.0.113.99, 192.0.2.3', randomKey())).status).toBe(429);
});
