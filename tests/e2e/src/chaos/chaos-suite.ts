import type { CostEvent, Dispatch } from '@outpost/contracts';
import {
  agentProcesses,
  SITES,
  until,
  workerProcesses,
  type AwsSite,
  type Site,
} from '@outpost/test-support';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AgentRun } from '../agent-runs.js';
import { ChaosWorld, WARM_MAX, type Lived } from './chaos-world.js';
import { drawPlan, type Plan, type Victim } from './plan.js';

/** How many are under way at once, of which some wait. */
const CLIENTS = 12;

export interface ChaosParams {
  readonly seed: number;
  readonly dispatches: number;
  readonly timeoutMs: number;
}

/** Processes of Outpost are killed while it works. What must hold all the same, on every site. */
export function describeChaos({ seed, dispatches, timeoutMs }: ChaosParams): void {
  if (process.platform !== 'linux')
    console.warn('SKIPPED: chaos. Workers can only be found on Linux, by /proc.');

  describe.skipIf(process.platform !== 'linux').each(SITES)(
    `chaos on $name, ${dispatches} dispatches, seed ${seed}`,
    { timeout: timeoutMs },
    ({ name, open }) => {
      // One machine has one control plane, and its store dies with it.
      const victims: readonly Victim[] =
        name === 'aws' ? ['control plane', 'worker', 'store'] : ['control plane', 'worker'];
      const plan = drawPlan({ seed, dispatches, victims });
      let site: Site | AwsSite;
      let world: ChaosWorld;
      let lived: readonly Lived[];
      let runs: readonly AgentRun[];
      const kills = new Map<Victim, number>();

      beforeAll(async () => {
        site = await open();
        world = await ChaosWorld.open(site, name === 'aws' ? 2 : 1);
        lived = await liveThrough(world, plan, kills);
        runs = await world.agentRuns();
        const ends = Map.groupBy(lived, ({ dispatch }) => endOf(dispatch));
        const counts = [...ends].map(([end, each]) => `${each.length} ${end}`).toSorted();
        console.info(
          `${name}: killed ${[...kills].map(([victim, n]) => `${victim} ${n}`).join(', ')}; ${counts.join(', ')}`,
        );
      }, timeoutMs);
      afterAll(async () => {
        await world.close();
        await site.close();
      });

      const runsOf = ({ dispatchId }: Dispatch): readonly AgentRun[] =>
        runs.filter((run) => run.dispatchId === dispatchId);

      it('kills some of each', () => {
        for (const victim of victims) expect(kills.get(victim), victim).toBeGreaterThan(0);
      });

      it('ends every dispatch, as it was told to where it was told', () => {
        expect(lived).toHaveLength(dispatches);
        expect(new Set(lived.map(({ dispatch }) => dispatch.dispatchId)).size).toBe(dispatches);
        for (const { dispatch, isCancelAcknowledged } of lived) {
          if (isCancelAcknowledged) expect(dispatch.status).toBe('CANCELLED');
          else
            expect(
              ['COMPLETED', 'FAILED worker_lost', 'FAILED launch_failed'],
              JSON.stringify(dispatch),
            ).toContain(endOf(dispatch));
        }
      });

      it('runs no agent twice, and none of those that completed never', () => {
        for (const { dispatch } of lived) {
          expect(runsOf(dispatch).length, dispatch.dispatchId).toBeLessThanOrEqual(1);
          if (dispatch.status !== 'COMPLETED') continue;
          expect(runsOf(dispatch)).toMatchObject([{ endedAt: expect.any(BigInt) }]);
        }
      });

      it('publishes the cost of each once', async () => {
        for (const { dispatch } of lived) {
          const events: readonly CostEvent[] = await site.costEvents(dispatch.dispatchId);
          expect(events).toMatchObject([{ dispatchId: dispatch.dispatchId, status: dispatch.status }]);
        }
      });

      it('never changes its mind', async () => {
        for (const { dispatch } of lived) {
          const { body } = await world.ask<Dispatch>('GET', `/dispatch/${dispatch.dispatchId}`);
          const { status, completedAt } = dispatch;
          expect(body).toMatchObject({ status, completedAt });
        }
      });

      it('leaves no slot taken and no agent alive, and goes on', async () => {
        for (const { dispatch } of lived)
          await until(async () => agentProcesses(dispatch.dispatchId).length === 0 || undefined);
        const { body } = await world.ask<{ agents: readonly object[] }>('GET', '/fleet');
        for (const agent of body.agents) expect(agent).toMatchObject({ busy: 0, queued: 0 });
        const watching = { isOver: false };
        const watch = world.watch(() => watching.isOver);
        const { dispatch } = await world.live({ workMs: 0, cancel: 'never' }, `after-${seed}`);
        watching.isOver = true;
        await watch;
        expect(dispatch.status).toBe('COMPLETED');
      });

      it('leaves no worker behind but warm ones', async () => {
        const workers = await until(async () => {
          const pids = workerProcesses(site.directory);
          return pids.length > WARM_MAX ? undefined : pids;
        });
        expect(workers.length).toBeLessThanOrEqual(WARM_MAX);
      });
    },
  );
}

async function liveThrough(
  world: ChaosWorld,
  plan: Plan,
  kills: Map<Victim, number>,
): Promise<readonly Lived[]> {
  const lived: Lived[] = [];
  const isOver = (): boolean => lived.length === plan.dispatches.length;
  const left = [...plan.dispatches.entries()];
  const client = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift())
      lived.push(await world.live(next[1], `chaos-${next[0]}`));
  };
  const clients = Array.from({ length: CLIENTS }, client);
  await Promise.all([...clients, world.watch(isOver), strikeAll(world, plan, kills, isOver)]);
  return lived;
}

async function strikeAll(
  world: ChaosWorld,
  { strikes }: Plan,
  kills: Map<Victim, number>,
  isOver: () => boolean,
): Promise<void> {
  let due = 0;
  for (const strike of strikes) {
    due += strike.afterStarts;
    await until(async () => isOver() || (await world.agentRuns()).length >= due || undefined);
    if (isOver()) return;
    if (await world.strike(strike)) kills.set(strike.victim, (kills.get(strike.victim) ?? 0) + 1);
  }
}

function endOf({ status, failure }: Dispatch): string {
  return status === 'FAILED' ? `${status} ${failure?.class}` : status;
}
