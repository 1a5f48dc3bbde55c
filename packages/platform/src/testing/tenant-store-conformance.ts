import type { Tenant } from '@outpost/contracts';
import { describe, expect } from 'vitest';
import type { TenantStore } from '../ports/index.js';
import { TEST_AT } from './fixtures.js';
import { atOnce, subjectOf, type Harness } from './harness.js';
import { itExcept, type LeftOut } from './left-out.js';

const LATER = '2026-11-23T13:00:00.000Z';

const tenant = (overrides: Partial<Tenant> = {}): Tenant => ({
  tenantId: 'acme',
  status: 'active',
  createdAt: TEST_AT,
  updatedAt: TEST_AT,
  ...overrides,
});

/** What every store of tenants must do. */
export function describeTenantStoreConformance(
  name: string,
  harness: Harness<{ readonly tenants: TenantStore }>,
  leftOut?: LeftOut,
): void {
  const it = itExcept(leftOut);
  describe(`TenantStore: ${name}`, () => {
    it('gets what was created, and nothing by another id', async () => {
      const { tenants } = await subjectOf(harness);
      const acme = tenant({ name: 'ACME', maxConcurrent: 3, weight: 0.5, requestsPerMinute: 10 });
      expect(await tenants.create(acme)).toBe(true);
      expect(await tenants.get({ tenantId: 'acme' })).toEqual(acme);
      expect(await tenants.get({ tenantId: 'globex' })).toBeUndefined();
    });

    it('creates each once, however many ask at once', async () => {
      const { tenants } = await subjectOf(harness);
      const created = await atOnce(10, (index) => tenants.create(tenant({ weight: index + 1 })));
      expect(created.filter((isCreated) => isCreated)).toHaveLength(1);
      const weight = created.indexOf(true) + 1;
      expect(await tenants.list()).toEqual([tenant({ weight })]);
    });

    it('lists all by their ids', async () => {
      const { tenants } = await subjectOf(harness);
      for (const tenantId of ['globex', 'acme', 'umbrella']) await tenants.create(tenant({ tenantId }));
      const ids = (await tenants.list()).map(({ tenantId }) => tenantId);
      expect(ids).toEqual(['acme', 'globex', 'umbrella']);
    });

    it('writes and removes fields, and leaves the others', async () => {
      const { tenants } = await subjectOf(harness);
      await tenants.create(tenant({ name: 'ACME', weight: 2 }));
      const change = { status: 'suspended', weight: undefined, maxConcurrent: 1, updatedAt: LATER } as const;
      const changed = tenant({ name: 'ACME', status: 'suspended', maxConcurrent: 1, updatedAt: LATER });
      expect(await tenants.update({ tenantId: 'acme', change })).toEqual(changed);
      expect(await tenants.get({ tenantId: 'acme' })).toEqual(changed);
    });

    it('changes no tenant that is not there', async () => {
      const { tenants } = await subjectOf(harness);
      const change = { status: 'suspended' } as const;
      expect(await tenants.update({ tenantId: 'acme', change })).toBeUndefined();
      expect(await tenants.list()).toEqual([]);
    });
  });
}
