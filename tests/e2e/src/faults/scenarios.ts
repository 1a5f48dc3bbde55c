import type { DispatchRecord } from '@outpost/contracts';
import { shellTask } from '@outpost/test-support';
import { join } from 'node:path';
import type { FaultWorld } from './fault-world.js';
import type { FaultyRun } from './faulty-run.js';

/** What callers do; resolves to the dispatches that they made, each at its end. */
export type Scenario = (world: FaultWorld, run: FaultyRun) => Promise<readonly DispatchRecord[]>;

/** Each agent leaves a line, so that a second one of the same dispatch would be seen. */
export function agentStarts(world: FaultWorld, run: FaultyRun): string {
  return join(world.directory, `${run.tenantId}.starts`);
}

const working = (world: FaultWorld, run: FaultyRun): string =>
  shellTask(`echo "$OUTPOST_AGENT_RUN" >> ${agentStarts(world, run)}; echo work > work.txt`);

const endless = (world: FaultWorld, run: FaultyRun): string =>
  shellTask(`echo "$OUTPOST_AGENT_RUN" >> ${agentStarts(world, run)}; sleep 600`);

export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'create, launch, finish': async (world, run) => {
    const dispatch = await run.create({ agent: 'claude', task: working(world, run) });
    return [await run.toItsEnd(dispatch)];
  },
  'create, launch, cancel': async (world, run) => {
    const dispatch = await run.create({ agent: 'claude', task: endless(world, run) });
    await run.untilAgentRuns(dispatch, agentStarts(world, run));
    await run.cancel(dispatch).catch(ignoreConflict);
    return [await run.toItsEnd(dispatch)];
  },
  'create, cancel before a worker has it': async (world, run) => {
    const dispatch = await run.create({ agent: 'claude', task: working(world, run) });
    await run.cancel(dispatch).catch(ignoreConflict);
    return [await run.toItsEnd(dispatch)];
  },
  'create two, of which one waits': async (world, run) => {
    const first = await run.create({ agent: 'claude', task: working(world, run) });
    const second = await run.create({ agent: 'claude', task: working(world, run) });
    return [await run.toItsEnd(first), await run.toItsEnd(second)];
  },
};

/** It had ended otherwise before. */
function ignoreConflict(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'CONFLICT')) throw error;
}
