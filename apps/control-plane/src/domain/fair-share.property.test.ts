import { AGENT_NAMES, type AgentName } from '@outpost/contracts';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { planStarts, type Share, type Waiting } from './fair-share.js';

const NOW = 1_800_000_000_000;

const tenantId = fc.constantFrom('a', 'b', 'c', 'd');
const agent = fc.constantFrom(...AGENT_NAMES);
const dispatchId = fc
  .integer({ min: 0, max: 31 ** 3 })
  .map((n) => `01K4ZJ8W2T${n.toString(31).toUpperCase().padStart(16, '0')}`);
const state = fc.record({
  heads: fc.array(fc.record({ tenantId, agent, dispatchId }), { maxLength: 60 }),
  limits: fc.record({ perAgent: fc.integer({ min: 1, max: 6 }), perTenant: fc.integer({ min: 1, max: 6 }) }),
  byAgent: fc.dictionary(agent, fc.nat(7)) as fc.Arbitrary<Partial<Record<AgentName, number>>>,
  byTenant: fc.dictionary(tenantId, fc.nat(7)),
  lastStartAt: fc.dictionary(
    tenantId,
    fc.integer({ min: 0, max: NOW }).map((time) => new Date(time).toISOString()),
  ),
  weights: fc.dictionary(tenantId, fc.double({ min: 0.01, max: 100, noNaN: true })),
});

const countBy = (heads: readonly Waiting[], key: 'agent' | 'tenantId'): ReadonlyMap<string, number> =>
  new Map([...Map.groupBy(heads, (head) => head[key])].map(([name, own]) => [name, own.length]));

const lineOf = (head: Waiting): string => `${head.agent} ${head.tenantId}`;

it('keeps every limit, keeps the order within a line, and leaves nobody out who had room', () => {
  const property = fc.property(state, ({ heads, limits, byAgent, byTenant, lastStartAt, weights }) => {
    const usage = { byAgent, byTenant, lastStartAt };
    const { perAgent, perTenant: maxConcurrent } = limits;
    const shareOf = (tenant: string): Share => ({ maxConcurrent, weight: weights[tenant] ?? 1 });
    const planned = planStarts({ heads, usage, perAgent, shareOf, now: NOW });

    const startedOf = { agent: countBy(planned, 'agent'), tenant: countBy(planned, 'tenantId') };
    const agentLoad = (name: AgentName): number => (byAgent[name] ?? 0) + (startedOf.agent.get(name) ?? 0);
    const tenantLoad = (name: string): number => (byTenant[name] ?? 0) + (startedOf.tenant.get(name) ?? 0);
    for (const head of planned) {
      expect(agentLoad(head.agent)).toBeLessThanOrEqual(limits.perAgent);
      expect(tenantLoad(head.tenantId)).toBeLessThanOrEqual(limits.perTenant);
    }
    const lines = Map.groupBy(heads, lineOf);
    const plannedLines = Map.groupBy(planned, lineOf);
    for (const [line, waiting] of lines) {
      const own = plannedLines.get(line) ?? [];
      expect(own).toEqual(waiting.slice(0, own.length));
      const left = waiting[own.length];
      if (left === undefined) continue;
      const isFull =
        agentLoad(left.agent) >= limits.perAgent || tenantLoad(left.tenantId) >= limits.perTenant;
      expect(isFull).toBe(true);
    }
  });
  fc.assert(property, { numRuns: 1_000 });
});

it('gives each of equal tenants its turn, however many of each wait and whose are older', () => {
  const tenants = ['a', 'b', 'c', 'd'];
  const property = fc.property(
    fc.array(fc.nat(1_000), { minLength: 4, maxLength: 4 }),
    fc.integer({ min: 1, max: 20 }),
    (ages, room) => {
      const heads = tenants.flatMap((tenant, index) =>
        Array.from({ length: 20 }, (_, place) => ({
          tenantId: tenant,
          agent: 'claude' as const,
          dispatchId: `01K4ZJ8W2T${String(ages[index]! * 100 + place).padStart(16, '0')}`,
        })),
      );
      const usage = { byAgent: {}, byTenant: {}, lastStartAt: {} };
      const shareOf = (): Share => ({ maxConcurrent: 20, weight: 1 });
      const planned = planStarts({ heads, usage, perAgent: room, shareOf, now: NOW });
      const counts = countBy(planned, 'tenantId');
      const each = tenants.map((tenant) => counts.get(tenant) ?? 0);
      expect(planned).toHaveLength(room);
      expect(Math.max(...each) - Math.min(...each)).toBeLessThanOrEqual(1);
    },
  );
  fc.assert(property);
});

it('gives slots that come free one at a time to each of equal tenants in turn', () => {
  const tenants = ['flood', 'b', 'c'];
  const lastStartAt: Record<string, string> = {};
  const starts: string[] = [];
  for (let round = 0; round < 9; round += 1) {
    const heads = tenants.map((tenant, index) => ({
      tenantId: tenant,
      agent: 'claude' as const,
      dispatchId: `01K4ZJ8W2T${String(index * 1_000 + round).padStart(16, '0')}`,
    }));
    const usage = { byAgent: {}, byTenant: {}, lastStartAt };
    const now = NOW + round * 1_000;
    const [next] = planStarts({
      heads,
      usage,
      perAgent: 1,
      shareOf: () => ({ maxConcurrent: 5, weight: 1 }),
      now,
    });
    starts.push(next!.tenantId);
    lastStartAt[next!.tenantId] = new Date(now).toISOString();
  }
  expect(starts).toEqual([...tenants, ...tenants, ...tenants]);
});
