import type { AgentName } from '@outpost/contracts';
import { PriorityQueue } from './priority-queue.js';
import { ulidTimeMs } from './ulid-time.js';

/** One of those at the head of a line. Ids are ULIDs. */
export interface Waiting {
  readonly tenantId: string;
  readonly dispatchId: string;
  readonly agent: AgentName;
}

export interface Usage {
  readonly byAgent: Readonly<Partial<Record<AgentName, number>>>;
  readonly byTenant: Readonly<Record<string, number>>;
  /** By tenant, when it was last given a slot (ISO 8601). */
  readonly lastStartAt: Readonly<Record<string, string>>;
}

/** What a tenant is due. */
export interface Share {
  /** How many of it may hold a slot at once. */
  readonly maxConcurrent: number;
  /** Greater than 0. A tenant of weight 2 may have twice as many running as one of weight 1. */
  readonly weight: number;
}

export interface StartPlanParams<W extends Waiting> {
  /** Those of one tenant and one agent are a line: they start in the order given. */
  readonly heads: readonly W[];
  readonly usage: Usage;
  /** How many of one agent may hold a slot at once. */
  readonly perAgent: number;
  readonly shareOf: (tenantId: string) => Share;
  /** Epoch milliseconds. */
  readonly now: number;
}

interface Tenant extends Share {
  running: number;
  /** Epoch milliseconds; 0: never. */
  lastStartAt: number;
}

interface Line<W extends Waiting> {
  readonly agent: AgentName;
  readonly tenant: Tenant;
  readonly waiting: readonly W[];
}

/** The first of a line that has not been planned, with what it was ranked by. */
interface Ranked<W extends Waiting> {
  readonly line: Line<W>;
  readonly position: number;
  readonly head: W;
  readonly running: number;
  readonly load: number;
  readonly urgency: number;
}

/**
 * All that have room now, in the order in which they should start. First comes the tenant with the fewest running for
 * its weight; then the one that has waited longest for its weight since it was last given a slot; then the oldest.
 */
export function planStarts<W extends Waiting>(params: StartPlanParams<W>): readonly W[] {
  const { perAgent, usage, now } = params;
  const byAgent = new Map(Object.entries(usage.byAgent));
  const runningOf = (agent: AgentName): number => byAgent.get(agent) ?? 0;
  const queue = new PriorityQueue<Ranked<W>>(compareRanks);
  const enqueue = (line: Line<W>, position: number): void => {
    const head = line.waiting[position];
    if (head !== undefined) queue.push({ line, position, head, ...rank(line.tenant, head, now) });
  };
  for (const line of linesOf(params)) enqueue(line, 0);

  const planned: W[] = [];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const { line, position } = next;
    const { agent, tenant } = line;
    // What is full stays full: nothing ends while this plans.
    if (runningOf(agent) >= perAgent || tenant.running >= tenant.maxConcurrent) continue;
    if (next.running !== tenant.running) {
      // Its tenant was given a slot in another line since. That only lowered its rank: it was not passed over.
      enqueue(line, position);
      continue;
    }
    planned.push(next.head);
    byAgent.set(agent, runningOf(agent) + 1);
    tenant.running += 1;
    tenant.lastStartAt = now;
    enqueue(line, position + 1);
  }
  return planned;
}

function linesOf<W extends Waiting>({ heads, usage, shareOf }: StartPlanParams<W>): readonly Line<W>[] {
  // A tenant may be called `constructor`: an object would answer with what it was born with.
  const running = new Map(Object.entries(usage.byTenant));
  const lastStarts = new Map(Object.entries(usage.lastStartAt));
  const byTenant = Map.groupBy(heads, ({ tenantId }) => tenantId);
  return [...byTenant].flatMap(([tenantId, own]) => {
    const tenant: Tenant = {
      ...shareOf(tenantId),
      running: running.get(tenantId) ?? 0,
      lastStartAt: Date.parse(lastStarts.get(tenantId) ?? '1970-01-01T00:00:00.000Z'),
    };
    const byAgent = Map.groupBy(own, ({ agent }) => agent);
    return [...byAgent].map(([agent, waiting]) => ({ agent, tenant, waiting }));
  });
}

function rank(
  { running, weight, lastStartAt }: Tenant,
  { dispatchId }: Waiting,
  now: number,
): Pick<Ranked<Waiting>, 'running' | 'load' | 'urgency'> {
  const waitsSince = Math.max(lastStartAt, ulidTimeMs(dispatchId));
  return { running, load: running / weight, urgency: Math.max(0, now - waitsSince) * weight };
}

function compareRanks(a: Ranked<Waiting>, b: Ranked<Waiting>): number {
  return a.load - b.load || b.urgency - a.urgency || compareText(a.head.dispatchId, b.head.dispatchId);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
