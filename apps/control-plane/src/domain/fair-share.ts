import type { AgentName } from '@outpost/contracts';

/** The oldest dispatch that waits, of one tenant and one agent. Ids sort by age. */
export interface Waiting {
  readonly tenantId: string;
  readonly dispatchId: string;
  readonly agent: AgentName;
}

export interface Load {
  readonly byAgent: Readonly<Partial<Record<AgentName, number>>>;
  readonly byTenant: Readonly<Record<string, number>>;
}

export interface Limits {
  readonly perAgent: number;
  readonly perTenant: number;
}

/** Those that have room now, in the order in which they should start: fewest running of their tenant first, then oldest. */
export function startOrder<W extends Waiting>(
  waiting: readonly W[],
  load: Load,
  limits: Limits,
): readonly W[] {
  return waiting
    .filter(
      ({ agent, tenantId }) =>
        runningOf(load, agent) < limits.perAgent && tenantLoad(load, tenantId) < limits.perTenant,
    )
    .toSorted(
      (a, b) =>
        tenantLoad(load, a.tenantId) - tenantLoad(load, b.tenantId) || compare(a.dispatchId, b.dispatchId),
    );
}

function runningOf(load: Load, agent: AgentName): number {
  return load.byAgent[agent] ?? 0;
}

function tenantLoad(load: Load, tenantId: string): number {
  return load.byTenant[tenantId] ?? 0;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
