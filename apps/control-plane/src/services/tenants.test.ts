import {
  CLAIMED,
  createTemporaryLocalPlatform,
  creation,
  ending,
  type TemporaryLocalPlatform,
} from '@outpost/platform/testing';
import type { DispatchStore, TenantStore } from '@outpost/platform';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Tenants } from './tenants.js';

const ACTIVE = { isSuspended: false, isOverBudget: false };
const DEFAULTS = {
  maxConcurrent: 10,
  weight: 1,
  requestsPerMinute: 60,
  workspaceQuotaMb: 10_240,
  repositoryHosts: undefined,
};

let local: TemporaryLocalPlatform;
let store: TenantStore;
let dispatches: DispatchStore;
let tenants: Tenants;

/** As another instance has them. */
const instance = (): Tenants =>
  new Tenants({ store, dispatches, clock: local.clock, defaultsOf: () => DEFAULTS });

beforeEach(async () => {
  local = await createTemporaryLocalPlatform();
  ({ tenants: store, dispatches } = local.open());
  tenants = instance();
});
afterEach(() => local.cleanup());

describe('what holds for a tenant', () => {
  it('is what the fleet has, for one that nobody has created', async () => {
    expect(await tenants.policyOf('acme')).toEqual({ ...DEFAULTS, ...ACTIVE });
  });

  it('is what is set for it, and else what the fleet has', async () => {
    await tenants.create({ tenantId: 'acme', maxConcurrent: 3, weight: 0.5, workspaceQuotaMb: 7 });
    expect(await tenants.policyOf('acme')).toEqual({
      ...DEFAULTS,
      ...ACTIVE,
      maxConcurrent: 3,
      weight: 0.5,
      workspaceQuotaMb: 7,
    });
  });

  it('changes here at once, and in another instance within seconds', async () => {
    const other = instance();
    await tenants.create({ tenantId: 'acme', requestsPerMinute: 5 });
    for (const each of [tenants, other]) await each.policyOf('acme');
    await tenants.update('acme', { status: 'suspended', requestsPerMinute: null });
    const changed = { ...DEFAULTS, ...ACTIVE, isSuspended: true };
    expect(await tenants.policyOf('acme')).toEqual(changed);
    local.clock.advance(5_001);
    expect(await other.policyOf('acme')).toEqual(changed);
  });

  it('is looked up once in a few seconds', async () => {
    const get = vi.spyOn(store, 'get');
    for (let time = 0; time < 10; time += 1) await tenants.policiesOf(['acme', 'globex']);
    expect(get).toHaveBeenCalledTimes(2);
  });
});

describe('the budget of a tenant', () => {
  /** One that cost so much, and ended at this time. */
  const spend = async (total: number, completedAt: string): Promise<void> => {
    const { spec } = creation({ tenantId: 'acme' });
    await dispatches.create(creation(spec));
    await dispatches.move({ ...spec, move: CLAIMED });
    const cost = { currency: 'USD', compute: 0, llm: total, total, basis: 'reported' } as const;
    await dispatches.move({ ...spec, move: ending('COMPLETED', { completedAt, cost }) });
  };
  const at = () => new Date(local.clock.now()).toISOString();

  it('is over once it is spent, until the next month begins or it is raised', async () => {
    await tenants.create({ tenantId: 'acme', monthlyBudgetUsd: 1 });
    await spend(0.75, at());
    expect(await instance().policyOf('acme')).toMatchObject({ isOverBudget: false });
    await spend(0.25, at());
    expect(await instance().policyOf('acme')).toMatchObject({ isOverBudget: true });
    expect(await tenants.usageOf('acme')).toEqual({
      month: '2026-11',
      dispatches: 2,
      costUsd: 1,
      budgetUsd: 1,
    });
    await tenants.update('acme', { monthlyBudgetUsd: 2 });
    expect(await tenants.policyOf('acme')).toMatchObject({ isOverBudget: false });
    await tenants.update('acme', { monthlyBudgetUsd: 1 });
    local.clock.set(Date.parse('2026-12-01T00:00:00.000Z'));
    expect(await tenants.policyOf('acme')).toMatchObject({ isOverBudget: false });
    expect(await tenants.usageOf('acme')).toMatchObject({ month: '2026-12', costUsd: 0 });
    expect(await tenants.usageOf('acme', '2026-11')).toMatchObject({ costUsd: 1 });
  });

  it('counts in micro-dollars, not in what a sum of fractions leaves', async () => {
    await tenants.create({ tenantId: 'acme', monthlyBudgetUsd: 0.8 });
    await spend(0.7, at());
    await spend(0.1, at());
    expect(await tenants.usageOf('acme')).toMatchObject({ costUsd: 0.8 });
    expect(await instance().policyOf('acme')).toMatchObject({ isOverBudget: true });
  });

  it('of none is none', async () => {
    await spend(1_000, at());
    expect(await tenants.policyOf('acme')).toMatchObject({ isOverBudget: false });
    expect(await tenants.usageOf('acme')).toEqual({ month: '2026-11', dispatches: 1, costUsd: 1_000 });
  });

  it('of 0 lets nothing start', async () => {
    await tenants.create({ tenantId: 'acme', monthlyBudgetUsd: 0 });
    expect(await tenants.policyOf('acme')).toMatchObject({ isOverBudget: true });
  });
});

describe('a tenant', () => {
  it.each(['acme', 'default'])('is created once: %s', async (tenantId) => {
    if (tenantId !== 'default') await tenants.create({ tenantId });
    await expect(tenants.create({ tenantId })).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('that is not there can be neither read nor changed', async () => {
    await expect(tenants.get('acme')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(tenants.update('acme', { name: 'ACME' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('says when it was changed', async () => {
    const created = await tenants.create({ tenantId: 'acme', name: 'ACME' });
    local.clock.advance(1_000);
    const updatedAt = new Date(local.clock.now()).toISOString();
    expect(await tenants.update('acme', { name: null, weight: 2 })).toEqual({
      tenantId: 'acme',
      status: 'active',
      weight: 2,
      createdAt: created.createdAt,
      updatedAt,
    });
  });
});
