import { describe, expect } from 'vitest';
import type { LeaseStore } from '../ports/index.js';
import { atOnce, subjectOf, type Harness } from './harness.js';
import { itExcept, type LeftOut } from './left-out.js';
import type { SettableClock } from './settable-clock.js';

export interface LeaseStoreSubject {
  /** Two instances on the same data, as two control planes have. */
  readonly leases: readonly [LeaseStore, LeaseStore];
  /** The clock by which they expire. */
  readonly clock: SettableClock;
}

const TTL_MS = 15_000;

/** What every store of leases must do. */
export function describeLeaseStoreConformance(
  name: string,
  harness: Harness<LeaseStoreSubject>,
  leftOut?: LeftOut,
): void {
  const it = itExcept(leftOut);
  const start = async () => {
    const { leases, clock } = await subjectOf(harness);
    const take = (holder: string, lease = 'reconciler', ttlMs = TTL_MS) =>
      leases[holder === 'one' ? 0 : 1].acquire({ name: lease, holder, ttlMs });
    return { leases, clock, take };
  };

  describe(`LeaseStore: ${name}`, () => {
    it('gives a lease to one of many that ask at once', async () => {
      const { leases } = await start();
      const taken = await atOnce(20, (index) =>
        leases[index % 2 === 0 ? 0 : 1].acquire({ name: 'reconciler', holder: `${index}`, ttlMs: TTL_MS }),
      );
      expect(taken.filter((isTaken) => isTaken)).toHaveLength(1);
    });

    it('keeps it for its holder until it expires', async () => {
      const { clock, take } = await start();
      expect(await take('one')).toBe(true);
      clock.advance(TTL_MS - 1);
      expect(await take('two')).toBe(false);
      clock.advance(1);
      expect(await take('two')).toBe(true);
      expect(await take('one')).toBe(false);
    });

    it('is prolonged by its holder, from the time of the call on', async () => {
      const { clock, take } = await start();
      for (let round = 0; round < 3; round += 1) {
        expect(await take('one')).toBe(true);
        clock.advance(TTL_MS - 1);
        expect(await take('two')).toBe(false);
      }
      expect(await take('one', 'reconciler', 5)).toBe(true);
      clock.advance(5);
      expect(await take('two')).toBe(true);
    });

    it('is given to one when it has expired, also with the old holder among them', async () => {
      const { leases, clock, take } = await start();
      await take('one');
      clock.advance(TTL_MS);
      const taken = await atOnce(10, (index) =>
        leases[index % 2 === 0 ? 0 : 1].acquire({
          name: 'reconciler',
          holder: index === 4 ? 'one' : `${index}`,
          ttlMs: TTL_MS,
        }),
      );
      expect(taken.filter((isTaken) => isTaken)).toHaveLength(1);
    });

    it('is free at once when its holder lets go of it', async () => {
      const { leases, take } = await start();
      await take('one');
      await leases[0].release({ name: 'reconciler', holder: 'one' });
      expect(await take('two')).toBe(true);
    });

    it('is not let go of by one who does not hold it', async () => {
      const { leases, take } = await start();
      await leases[1].release({ name: 'reconciler', holder: 'two' });
      await take('one');
      await leases[1].release({ name: 'reconciler', holder: 'two' });
      expect(await take('two')).toBe(false);
      expect(await take('one')).toBe(true);
    });

    it('is one of its name', async () => {
      const { take } = await start();
      expect(await take('one')).toBe(true);
      expect(await take('two', 'another')).toBe(true);
      expect(await take('one', 'another')).toBe(false);
    });
  });
}
