import { createTemporaryLocalPlatform, type TemporaryLocalPlatform } from '@outpost/platform/testing';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { FailedAttempts } from './failed-attempts.js';

let local: TemporaryLocalPlatform;

beforeEach(async () => {
  local = await createTemporaryLocalPlatform();
  vi.useFakeTimers();
});
afterEach(async () => {
  vi.useRealTimers();
  await local.cleanup();
});

/** One instance of several on the same data. */
function instance(perMinute: number): FailedAttempts {
  const { counters } = local.open();
  return new FailedAttempts({ perMinute, counters, clock: local.clock, logger: pino({ level: 'silent' }) });
}

it('refuses an address that has failed too often, and says when to come back', async () => {
  const attempts = instance(3);
  for (let attempt = 0; attempt < 3; attempt += 1) {
    await attempts.refuseTooMany('192.0.2.1');
    await attempts.add('192.0.2.1');
  }
  await expect(attempts.refuseTooMany('192.0.2.1')).rejects.toMatchObject({
    code: 'RATE_LIMIT_EXCEEDED',
    retryAfterSeconds: 60,
  });
  await attempts.refuseTooMany('192.0.2.2');
  vi.advanceTimersByTime(60_001);
  await attempts.refuseTooMany('192.0.2.1');
});

it.each([
  ['without a limit', 0, '192.0.2.1'],
  ['without an address', 1, undefined],
])('refuses nobody %s', async (_, perMinute, sourceIp) => {
  const attempts = instance(perMinute);
  for (let attempt = 0; attempt < 10; attempt += 1) await attempts.add(sourceIp);
  await expect(attempts.refuseTooMany(sourceIp)).resolves.toBeUndefined();
});

it('refuses on every instance what failed on several', async () => {
  const [one, two] = [instance(5), instance(5)];
  for (let attempt = 0; attempt < 3; attempt += 1) await one.add('192.0.2.1');
  local.clock.advance(1_000);
  await one.add('192.0.2.1');
  await one.settled();
  local.clock.advance(1_000);
  await two.refuseTooMany('192.0.2.1');
  await two.add('192.0.2.1');
  await two.settled();
  await expect(two.refuseTooMany('192.0.2.1')).rejects.toMatchObject({ code: 'RATE_LIMIT_EXCEEDED' });
});

it.each([
  ['addresses of one IPv6 network', '2001:db8::1', '2001:db8::ffff:1', true],
  ['two IPv6 networks', '2001:db8::1', '2001:db8:0:1::1', false],
  ['an IPv4 address in both notations', '192.0.2.1', '::ffff:192.0.2.1', true],
  ['two IPv4 addresses', '192.0.2.1', '192.0.2.2', false],
  ['what a proxy sent in place of an address', 'unknown', 'unknown', true],
])('counts %s as one or as two', async (_, first, second, isOne) => {
  const attempts = instance(1);
  await attempts.add(first);
  const refused = await attempts.refuseTooMany(second).then(
    () => false,
    () => true,
  );
  expect(refused).toBe(isOne);
});
