import type { DispatchRecord } from '@outpost/contracts';
import { join } from 'node:path';
import type { FaultWorld } from './fault-world.js';
import type { FaultyRun } from './faulty-run.js';

/** What callers do; resolves to the dispatches that they made, each at its end. */
export type Scenario = (world: FaultWorld, run: FaultyRun) => Promise<readonly DispatchRecord[]>;

/** Each agent leaves a line, so that a second one of the same dispatch would be seen. */
export function agentStarts(world: FaultWorld, run: FaultyRun): string {
  return join(world.directory, `${run.tenantId}.starts`);
}

/** For the agent of `FaultWorld`. */
const working = (world: FaultWorld, run: FaultyRun): string => `STARTS=${agentStarts(world, run)} Work.`;

const endless = (world: FaultWorld, run: FaultyRun): string => `STARTS=${agentStarts(world, run)} ENDLESS`;

export const SCENARIOS = {
  'create, launch, finish': async (world, run) => {
    await run.ready();
    run.arm();
    const dispatch = await run.create({ agent: 'claude', task: working(world, run) });
    return [await run.toItsEnd(dispatch)];
  },
  'create, launch, cancel': async (world, run) => {
    const dispatch = await run.create({ agent: 'claude', task: endless(world, run) });
    await run.untilAgentRuns(dispatch, agentStarts(world, run));
    // What comes before is walked with a dispatch that finishes.
    run.arm();
    await run.cancel(dispatch).catch(ignoreConflict);
    return [await run.toItsEnd(dispatch)];
  },
  'create, cancel before a worker has it': async (world, run) => {
    const dispatch = await run.create({ agent: 'claude', task: working(world, run) });
    run.arm();
    await run.cancel(dispatch).catch(ignoreConflict);
    return [await run.toItsEnd(dispatch)];
  },
} as const satisfies Readonly<Record<string, Scenario>>;

/** It had ended otherwise before. */
function ignoreConflict(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'CONFLICT')) throw error;
}
