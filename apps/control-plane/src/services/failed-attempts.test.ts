import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { FailedAttempts } from './failed-attempts.js';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it('refuses an address that has failed too often, and says when to come back', async () => {
  const attempts = new FailedAttempts({ perMinute: 3 });
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
  const attempts = new FailedAttempts({ perMinute });
  for (let attempt = 0; attempt < 10; attempt += 1) await attempts.add(sourceIp);
  await expect(attempts.refuseTooMany(sourceIp)).resolves.toBeUndefined();
});
