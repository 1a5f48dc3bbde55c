import {
  AGENT_NAMES,
  AGENTS,
  isTerminal,
  type AgentName,
  type DispatchRecord,
  type Fleet as FleetView,
} from '@outpost/contracts';
import type { AgentInventory, CapacityLimits, DispatchStore } from '@outpost/platform';

/** Runs of an agent that its success rate and its durations are taken from. */
const SAMPLE_SIZE = 50;

/** What each agent of the fleet can do now, and how it did lately. */
export class Fleet {
  readonly #dispatches: DispatchStore;
  readonly #inventory: AgentInventory;
  readonly #limits: CapacityLimits;

  constructor(options: { dispatches: DispatchStore; inventory: AgentInventory; limits: CapacityLimits }) {
    this.#dispatches = options.dispatches;
    this.#inventory = options.inventory;
    this.#limits = options.limits;
  }

  async describe({ tenantId }: { tenantId: string }): Promise<FleetView> {
    const [usage, queued] = await Promise.all([
      this.#dispatches.slotUsage({ tenantIds: [tenantId] }),
      this.#dispatches.countQueued({ tenantId }),
    ]);
    const agents = await Promise.all(
      AGENT_NAMES.map(async (agent) => {
        const availability = await this.#inventory.availability({ agent, tenantId });
        const { displayName, strengths, defaultModelId, tier } = AGENTS[agent];
        return {
          agent,
          displayName,
          strengths,
          available: availability.available,
          ...(!availability.available && { reason: availability.reason }),
          modelId: defaultModelId,
          tier,
          limit: this.#limits.perAgent,
          warm: 0,
          busy: usage.byAgent[agent] ?? 0,
          queued: queued[agent] ?? 0,
          ...(await this.#history(tenantId, agent)),
        };
      }),
    );
    const tenant = {
      busy: usage.byTenant[tenantId] ?? 0,
      queued: Object.values(queued).reduce((sum, count) => sum + count, 0),
      limit: this.#limits.perTenant,
    };
    return { agents, tenant };
  }

  async #history(tenantId: string, agent: AgentName): Promise<History> {
    const { records } = await this.#dispatches.list({ tenantId, agent, limit: SAMPLE_SIZE });
    return historyOf(records);
  }
}

interface History {
  readonly successRate: number | null;
  readonly p50DurationMs: number | null;
  readonly p95DurationMs: number | null;
}

// A cancelled run says nothing of the agent.
function historyOf(records: readonly DispatchRecord[]): History {
  const ended = records.filter(({ status }) => isTerminal(status) && status !== 'CANCELLED');
  const completed = ended.filter(({ status }) => status === 'COMPLETED');
  const durations = completed
    .map(durationOf)
    .filter((duration) => duration !== undefined)
    .toSorted((a, b) => a - b);
  return {
    successRate: ended.length === 0 ? null : completed.length / ended.length,
    p50DurationMs: percentile(durations, 0.5),
    p95DurationMs: percentile(durations, 0.95),
  };
}

function durationOf(record: DispatchRecord): number | undefined {
  if (!('completedAt' in record) || record.startedAt === undefined) return undefined;
  return Date.parse(record.completedAt) - Date.parse(record.startedAt);
}

/** Nearest rank. */
function percentile(sorted: readonly number[], fraction: number): number | null {
  return sorted[Math.max(0, Math.ceil(sorted.length * fraction) - 1)] ?? null;
}
