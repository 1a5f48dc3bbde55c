import { AGENT_NAMES, isTerminal } from '@outpost/contracts';
import { FAULT_KINDS, hasDynamoDb, type Fault, type FaultKind } from '@outpost/platform/testing/aws';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FaultWorld } from './fault-world.js';
import type { FaultyRun } from './faulty-run.js';
import { agentStarts, SCENARIOS } from './scenarios.js';

const WALK_TIMEOUT_MS = 1_800_000;

const READ = /\.(Query|GetItem|BatchGetItem|Describe\w*|GetSecretValue)$|^GET /;
/** A read that comes to nothing has no effect to lose. */
const READ_KINDS = FAULT_KINDS.filter((kind) => !kind.endsWith('-after'));

/** Runs the scenario once for every call that it makes and every way in which that can go wrong. */
export function describeFaults(name: keyof typeof SCENARIOS): void {
  describe.skipIf(!hasDynamoDb())(`a fault at any call of: ${name}`, () => {
    let world: FaultWorld;
    beforeAll(async () => {
      world = await FaultWorld.open();
    });
    afterAll(() => world.close());

    it(
      'leaves each dispatch at an end, its slots free, one agent started at most, and one cost event',
      async () => {
        const { calls } = await runScenario(world, name, undefined);
        const planned = [...faultsAt(calls)];
        const hits: string[] = [];
        const ends: string[] = [];
        for (const fault of planned) {
          const run = await runScenario(world, name, fault);
          if (run.hit !== undefined) hits.push(run.hit);
          ends.push(...run.ends);
        }
        console.info(`${name}: ${hits.length} faults in ${calls.length} calls; ${summary(ends)}`);
        // A fault can send a run another way, on which a later call does not come about: of few, and never of all.
        expect(new Set(hits)).toEqual(new Set(calls));
        expect(hits.length).toBeGreaterThan(planned.length * 0.8);
      },
      WALK_TIMEOUT_MS,
    );
  });
}

/** Every call and every kind; for good where the last one was passing, so that every call meets both. */
function* faultsAt(calls: readonly string[]): Generator<Fault> {
  const seen = new Map<string, number>();
  let isLasting = false;
  for (const [index, operation] of calls.entries()) {
    const callIndex = seen.get(operation) ?? 0;
    seen.set(operation, callIndex + 1);
    // The Reconciler asks several queries in a row: what one of them meets is the same for the next.
    if (READ.test(operation) && calls[index - 1] === operation) continue;
    for (const kind of kindsOf(operation)) {
      yield { operation, callIndex, kind, lasting: isLasting ? 'always' : 'once' };
      isLasting = !isLasting;
    }
    isLasting = !isLasting;
  }
}

function kindsOf(operation: string): readonly FaultKind[] {
  return READ.test(operation) ? READ_KINDS : FAULT_KINDS;
}

async function runScenario(
  world: FaultWorld,
  name: keyof typeof SCENARIOS,
  fault: Fault | undefined,
): Promise<{ calls: readonly string[]; hit: string | undefined; ends: readonly string[] }> {
  const run = world.start(fault);
  const dispatches = await SCENARIOS[name](world, run);
  const { calls, hit } = run.calls;
  const label = `${JSON.stringify(fault)} at ${hit}, of ${run.tenantId}`;
  for (const { status } of dispatches) expect(isTerminal(status), label).toBe(true);
  await expectNothingLeft(world, run, label);
  const events = await world.costEvents(run.tenantId);
  expect(events.toSorted(), label).toEqual(dispatches.map(({ dispatchId }) => dispatchId).toSorted());
  run.close();
  return { calls, hit, ends: dispatches.map(({ status }) => status) };
}

async function expectNothingLeft(world: FaultWorld, run: FaultyRun, label: string): Promise<void> {
  const { tenantId } = run;
  const { byAgent, byTenant } = await world.store.slotUsage({ tenantIds: [tenantId] });
  expect({ byAgent, byTenant }, label).toEqual({ byAgent: {}, byTenant: {} });
  for (const agent of AGENT_NAMES)
    expect((await world.store.countQueued({ tenantId }))[agent] ?? 0, label).toBe(0);
  expect(run.mostWorkersAlive, label).toBeLessThanOrEqual(1);
  const started = (await readFile(agentStarts(world, run), 'utf8').catch(() => ''))
    .split('\n')
    .filter(Boolean);
  expect(new Set(started).size, `${label}: one agent for each dispatch`).toBe(started.length);
}

function summary(ends: readonly string[]): string {
  const statuses = [...new Set(ends)];
  return statuses.map((status) => `${ends.filter((end) => end === status).length} ${status}`).join(', ');
}
