import type { ControlPlatform } from '@outpost/platform';
import { createLocalControlPlatform } from '@outpost/platform/local';
import { createSettableClock } from '@outpost/platform/testing';
import { memoryDirectory } from '@outpost/test-support';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { actions, type Action } from './actions.js';
import { Invariants } from './invariants.js';
import { ModelFleet } from './model-fleet.js';
import { ANY_REMOTE } from '@outpost/platform/git';

export interface ModelParams {
  readonly seed: number;
  readonly sequences: number;
  readonly timeoutMs: number;
}

/** Whatever happens to control planes, workers, clocks and messages, in whatever order. */
export function describeModel({ seed, sequences, timeoutMs }: ModelParams): void {
  describe(`a fleet of two control planes, ${sequences} sequences, seed ${seed}`, () => {
    let rest: ControlPlatform;
    const tally = new Map<string, number>();
    const count = (what: string, by = 1): unknown => tally.set(what, (tally.get(what) ?? 0) + by);
    beforeAll(async () => {
      const dataDir = await memoryDirectory();
      rest = createLocalControlPlatform({
        dataDir,
        clock: createSettableClock(),
        environment: {},
        remotes: ANY_REMOTE,
        maxRepositoryBytes: 1024 ** 3,
        executables: { commands: {}, agentsDir: dataDir, path: '' },
        worker: { command: [], env: {}, stopGraceMs: 0 },
      });
    });
    afterAll(async () => {
      await rest.close();
      console.info([...tally].map(([what, each]) => `${each} ${what}`).join(', '));
    });

    it('keeps its invariants, and brings everything to an end', { timeout: timeoutMs }, async () => {
      await fc.assert(
        fc.asyncProperty(actions, async (sequence) => {
          const fleet = new ModelFleet(rest);
          try {
            await play(fleet, sequence);
            count('calls astray', fleet.astray);
            for (const record of await fleet.all()) {
              count(record.status);
              if ('attempts' in record) count('with several attempts');
              if ('workerId' in record) count('with a warm worker');
            }
          } finally {
            fleet.close();
          }
        }),
        { seed, numRuns: sequences, endOnFailure: false },
      );
    });
  });
}

async function play(fleet: ModelFleet, sequence: readonly Action[]): Promise<void> {
  const invariants = new Invariants(fleet);
  for (const action of sequence) {
    await fleet.act(action);
    await invariants.check();
  }
  await invariants.checkEnd();
}
