import { createTemporaryLocalPlatform, type TemporaryLocalPlatform } from '@outpost/platform/testing';
import type { TenantStore } from '@outpost/platform';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Tenants } from './tenants.js';

const DEFAULTS = { maxConcurrent: 10, weight: 1, requestsPerMinute: 60 };

let local: TemporaryLocalPlatform;
let store: TenantStore;
let tenants: Tenants;

/** As another instance has them. */
const instance = (): Tenants => new Tenants({ store, clock: local.clock, defaultsOf: () => DEFAULTS });

beforeEach(async () => {
  local = await createTemporaryLocalPlatform();
  store = local.open().tenants;
  tenants = instance();
});
afterEach(() => local.cleanup());

describe('what holds for a tenant', () => {
  it('is what the fleet has, for one that nobody has created', async () => {
    expect(await tenants.policyOf('acme')).toEqual({ ...DEFAULTS, isSuspended: false });
  });

  it('is what is set for it, and else what the fleet has', async () => {
    await tenants.create({ tenantId: 'acme', maxConcurrent: 3, weight: 0.5 });
    expect(await tenants.policyOf('acme')).toEqual({
      isSuspended: false,
      maxConcurrent: 3,
      weight: 0.5,
      requestsPerMinute: 60,
    });
  });

  it('changes here at once, and in another instance within seconds', async () => {
    const other = instance();
    await tenants.create({ tenantId: 'acme', requestsPerMinute: 5 });
    for (const each of [tenants, other]) await each.policyOf('acme');
    await tenants.update('acme', { status: 'suspended', requestsPerMinute: null });
    const changed = { ...DEFAULTS, isSuspended: true };
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
