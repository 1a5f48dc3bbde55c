import { FAULT_KINDS, hasDynamoDb } from '@outpost/platform/testing/aws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FaultWorld } from './fault-world.js';
import { SCENARIOS } from './scenarios.js';
import { walkFaults } from './walk.js';

const WALK_TIMEOUT_MS = 300_000;

describe.skipIf(!hasDynamoDb())('a fault at any call of the SDK', () => {
  let world: FaultWorld;
  beforeAll(async () => {
    world = await FaultWorld.open();
  });
  afterAll(() => world.close());

  it.each(Object.entries(SCENARIOS))(
    '%s: ends, with its slots freed, one agent and one cost event',
    async (name, scenario) => {
      const { calls, hits, faults, ends } = await walkFaults(world, scenario);
      console.info(`${name}: ${faults} faults at ${calls.length} calls; ${JSON.stringify([...ends])}`);
      // Every operation met every kind of fault, once and for good.
      for (const operation of new Set(calls))
        expect(hits.get(operation) ?? 0, operation).toBeGreaterThanOrEqual(FAULT_KINDS.length * 2);
    },
    WALK_TIMEOUT_MS,
  );
});
