import { AGENT_NAMES, isTerminal } from '@outpost/contracts';
import { FAULT_KINDS, type Fault } from '@outpost/platform/testing/aws';
import { readFile } from 'node:fs/promises';
import { expect } from 'vitest';
import type { FaultWorld } from './fault-world.js';
import type { FaultyRun } from './faulty-run.js';
import { agentStarts, type Scenario } from './scenarios.js';

export interface Walk {
  /** Calls of the scenario without a fault. */
  readonly calls: readonly string[];
  /** What was hit, with how many faults. */
  readonly hits: ReadonlyMap<string, number>;
  readonly faults: number;
  /** How the dispatches ended, with how many did. */
  readonly ends: ReadonlyMap<string, number>;
}

/** Runs the scenario once for every call that it makes and every way in which that can go wrong. */
export async function walkFaults(world: FaultWorld, scenario: Scenario): Promise<Walk> {
  const { calls } = await runScenario(world, scenario, undefined);
  const hits = new Map<string, number>();
  const ends = new Map<string, number>();
  let faults = 0;
  for (const fault of faultsFor(calls.length)) {
    const run = await runScenario(world, scenario, fault);
    // What runs at the same time may take each other's places: a last call may not come about.
    if (run.hit === undefined) continue;
    faults += 1;
    count(hits, run.hit);
    for (const end of run.ends) count(ends, end);
  }
  return { calls, hits, faults, ends };
}

function* faultsFor(calls: number): Generator<Fault> {
  for (let callIndex = 0; callIndex < calls; callIndex += 1)
    for (const kind of FAULT_KINDS)
      for (const lasting of ['once', 'always'] as const) yield { callIndex, kind, lasting };
}

async function runScenario(
  world: FaultWorld,
  scenario: Scenario,
  fault: Fault | undefined,
): Promise<{ calls: readonly string[]; hit: string | undefined; ends: readonly string[] }> {
  const run = world.start(fault);
  const dispatches = await scenario(world, run);
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
  expect(await world.store.slotUsage({ tenantIds: [tenantId] }), label).toEqual({
    byAgent: {},
    byTenant: {},
  });
  for (const agent of AGENT_NAMES)
    expect((await world.store.countQueued({ tenantId }))[agent] ?? 0, label).toBe(0);
  expect(run.mostWorkersAlive, label).toBeLessThanOrEqual(1);
  const started = (await readFile(agentStarts(world, run), 'utf8').catch(() => ''))
    .split('\n')
    .filter(Boolean);
  expect(new Set(started).size, `${label}: one agent for each dispatch`).toBe(started.length);
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
