import { AGENT_NAMES, FleetSchema, type AgentName, type DispatchSpec } from '@outpost/contracts';
import type { ControlPlatform } from '@outpost/platform';
import {
  CLAIMED,
  costEvent,
  createTemporaryLocalPlatform,
  creation,
  ending,
  TEST_EPOCH_MS,
  type TemporaryLocalPlatform,
} from '@outpost/platform/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { AgentHistory } from './agent-history.js';
import { Fleet } from './fleet.js';
import type { WarmCounts } from './pool-manager.js';
import { tenantsOf } from '../testing/tenants-of.js';

const LIMITS = { perAgent: 2, perTenant: 3 };
const NONE: WarmCounts = { idle: 0, starting: 0, busy: 0 };

let local: TemporaryLocalPlatform;
let platform: ControlPlatform;
let fleet: Fleet;

beforeEach(async () => {
  local = await createTemporaryLocalPlatform();
  platform = local.open();
  const { dispatches } = platform;
  const counts = Object.fromEntries(AGENT_NAMES.map((agent) => [agent, NONE])) as Record<
    AgentName,
    WarmCounts
  >;
  fleet = new Fleet({
    dispatches,
    inventory: {
      availability: async ({ agent }) =>
        agent === 'aider' ? { available: false, reason: 'not installed' } : { available: true },
    },
    history: new AgentHistory({ dispatches, clock: local.clock }),
    pool: { counts: async () => ({ ...counts, codex: { idle: 2, starting: 5, busy: 7 } }) },
    tenants: tenantsOf({ maxConcurrent: LIMITS.perTenant }),
    perAgent: LIMITS.perAgent,
  });
});
afterEach(async () => local.cleanup());

async function create(spec: Partial<DispatchSpec> = {}) {
  const result = await platform.dispatches.create(creation(spec, { limits: LIMITS }));
  if (result.outcome !== 'created') throw new Error(result.outcome);
  return result.record;
}

it('says of each agent what it can do for the tenant, and how it did', async () => {
  const done = await create();
  await platform.dispatches.move({ ...done, move: CLAIMED });
  const completedAt = new Date(TEST_EPOCH_MS + 4_000).toISOString();
  const move = ending('COMPLETED', { completedAt });
  await platform.dispatches.move({ ...done, move, event: costEvent(done) });
  await create({ tenantId: 'globex' });
  await create();
  await create();
  await create({ agent: 'codex' });

  const view = await fleet.describe({ tenantId: 'acme' });
  expect(FleetSchema.parse(view)).toEqual(view);
  expect(view.agents.map(({ agent }) => agent)).toEqual(AGENT_NAMES);
  expect(view.tenant).toEqual({ busy: 2, queued: 1, limit: 3 });
  const [claude, codex, , aider] = view.agents;
  expect(claude).toMatchObject({ available: true, limit: 2, busy: 2, queued: 1, warm: 0 });
  expect(claude).toMatchObject({ successRate: 1, p50DurationMs: 4_000, p95DurationMs: 4_000 });
  expect(codex).toMatchObject({ busy: 1, queued: 0, successRate: null, p50DurationMs: null });
  expect(aider).toMatchObject({ available: false, reason: 'not installed' });
});

it('counts as warm the workers that wait, and neither those that start nor those that work', async () => {
  const { agents } = await fleet.describe({ tenantId: 'acme' });
  expect(agents.map(({ warm }) => warm)).toEqual([0, 2, 0, 0, 0]);
});
