import { AGENT_NAMES, AGENTS, type Fleet as FleetView } from '@outpost/contracts';
import type { AgentInventory, DispatchStore } from '@outpost/platform';
import type { AgentHistory } from './agent-history.js';
import type { PoolManager } from './pool-manager.js';
import type { Tenants } from './tenants.js';

interface FleetOptions {
  readonly dispatches: DispatchStore;
  readonly inventory: AgentInventory;
  readonly history: AgentHistory;
  readonly pool: Pick<PoolManager, 'counts'>;
  readonly tenants: Pick<Tenants, 'policyOf'>;
  /** How many of one agent may hold a slot at once. */
  readonly perAgent: number;
}

/** What each agent of the fleet can do now, and how it did lately. */
export class Fleet {
  readonly #options: FleetOptions;

  constructor(options: FleetOptions) {
    this.#options = options;
  }

  async describe({ tenantId }: { tenantId: string }): Promise<FleetView> {
    const { dispatches, inventory, history, pool, tenants, perAgent } = this.#options;
    const [usage, queued, workers, policy] = await Promise.all([
      dispatches.slotUsage({ tenantIds: [tenantId] }),
      dispatches.countQueued({ tenantId }),
      pool.counts(),
      tenants.policyOf(tenantId),
    ]);
    const agents = await Promise.all(
      AGENT_NAMES.map(async (agent) => {
        const availability = await inventory.availability({ agent, tenantId });
        const { displayName, strengths, defaultModelId, tier } = AGENTS[agent];
        return {
          agent,
          displayName,
          strengths,
          available: availability.available,
          ...(!availability.available && { reason: availability.reason }),
          modelId: defaultModelId,
          tier,
          limit: perAgent,
          warm: workers[agent].idle,
          busy: usage.byAgent[agent] ?? 0,
          queued: queued[agent] ?? 0,
          ...(await history.of({ tenantId, agent })),
        };
      }),
    );
    const tenant = {
      busy: usage.byTenant[tenantId] ?? 0,
      queued: Object.values(queued).reduce((sum, count) => sum + count, 0),
      limit: policy.maxConcurrent,
    };
    return { agents, tenant };
  }
}
