import { describe, expect, it } from 'vitest';
import { hasAbandonedWork } from './abandoned-work.js';
import { withinLimit, type TimeLimit } from './time-limit.js';

const limit = (overrides: Partial<TimeLimit> = {}): TimeLimit => ({
  name: 'clone',
  limitMs: 60_000,
  settleMs: 60_000,
  signal: new AbortController().signal,
  ...overrides,
});

const untilTold = async (signal: AbortSignal): Promise<never> =>
  await new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('told')));
  });

describe('a time limit', () => {
  it('passes on what the phase comes to', async () => {
    expect(await withinLimit(limit(), async () => 7)).toBe(7);
    await expect(withinLimit(limit(), () => Promise.reject(new Error('why')))).rejects.toThrow('why');
  });

  it('tells the phase when its time is up, and names it', async () => {
    await expect(withinLimit(limit({ limitMs: 20 }), untilTold)).rejects.toMatchObject({
      failureClass: 'phase_timed_out',
      message: 'The clone phase took longer than 0.02 s and was stopped.',
      cause: { message: 'told' },
    });
  });

  it('tells it sooner when it is told so itself, and says why', async () => {
    const stop = new AbortController();
    const run = withinLimit(limit({ signal: stop.signal }), untilTold);
    stop.abort(new Error('cancelled'));
    await expect(run).rejects.toThrow('cancelled');
  });

  it('does not begin what is to end', async () => {
    let begun = false;
    const signal = AbortSignal.abort(new Error('cancelled'));
    const run = withinLimit(limit({ signal }), async () => void (begun = true));
    await expect(run).rejects.toThrow('cancelled');
    expect(begun).toBe(false);
  });

  it('does not wait for what does not listen, and remembers it until it ends', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    await expect(withinLimit(limit({ limitMs: 10, settleMs: 10 }), () => promise)).rejects.toThrow('longer');
    expect(hasAbandonedWork()).toBe(true);
    resolve();
    await promise;
    await Promise.resolve();
    expect(hasAbandonedWork()).toBe(false);
  });

  it('takes what comes while it settles', async () => {
    const late = withinLimit(limit({ limitMs: 10 }), async (signal) => {
      await untilTold(signal).catch(() => undefined);
      return 'late';
    });
    expect(await late).toBe('late');
  });
});
