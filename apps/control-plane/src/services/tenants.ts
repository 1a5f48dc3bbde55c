import {
  OPERATOR_TENANT,
  OutpostError,
  roundUsd,
  type CreateTenant,
  type Tenant,
  type UpdateTenant,
  type Usage,
} from '@outpost/contracts';
import {
  timestamp,
  type Clock,
  type DispatchStore,
  type Spending,
  type TenantChange,
  type TenantStore,
} from '@outpost/platform';
import { LRUCache } from 'lru-cache';

/** How long another instance may go by what was set before. */
const REMEMBERED_MS = 5_000;
const REMEMBERED_TENANTS = 10_000;

/** What holds for a tenant: what is set for it, else for the fleet. */
export interface TenantPolicy {
  readonly isSuspended: boolean;
  /** What it may spend in this month is spent. */
  readonly isOverBudget: boolean;
  readonly maxConcurrent: number;
  readonly weight: number;
  /** Of each of its keys; 0 is no limit. */
  readonly requestsPerMinute: number;
  /** What each of its workspaces may take on disk. */
  readonly workspaceQuotaMb: number;
  /** Patterns of hosts that its repositories may be on; undefined: all that the fleet may ask. */
  readonly repositoryHosts: readonly string[] | undefined;
}

interface TenantsOptions {
  readonly store: TenantStore;
  readonly dispatches: Pick<DispatchStore, 'spending'>;
  readonly clock: Clock;
  /** What the fleet has for a tenant. */
  readonly defaultsOf: (tenantId: string) => Omit<TenantPolicy, 'isSuspended' | 'isOverBudget'>;
}

/** Tenants, and what holds for each. One that nobody has created has what the fleet has for all. */
export class Tenants {
  readonly #options: TenantsOptions;
  readonly #policies: LRUCache<string, TenantPolicy>;

  constructor(options: TenantsOptions) {
    const { clock } = options;
    this.#options = options;
    this.#policies = new LRUCache({
      max: REMEMBERED_TENANTS,
      ttl: REMEMBERED_MS,
      ttlResolution: 0,
      perf: { now: () => clock.now() },
    });
  }

  /** As it was a few seconds ago at most. */
  async policyOf(tenantId: string): Promise<TenantPolicy> {
    const known = this.#policies.get(tenantId);
    if (known !== undefined) return known;
    const policy = await this.#policy(tenantId, await this.#options.store.get({ tenantId }));
    this.#policies.set(tenantId, policy);
    return policy;
  }

  async policiesOf(tenantIds: readonly string[]): Promise<ReadonlyMap<string, TenantPolicy>> {
    const policies = tenantIds.map(async (tenantId) => [tenantId, await this.policyOf(tenantId)] as const);
    return new Map(await Promise.all(policies));
  }

  /** Rejects with CONFLICT for an id that is taken. */
  async create(request: CreateTenant): Promise<Tenant> {
    const { store, clock } = this.#options;
    const at = timestamp(clock);
    const tenant: Tenant = { ...request, status: 'active', createdAt: at, updatedAt: at };
    if (request.tenantId === OPERATOR_TENANT || !(await store.create(tenant)))
      throw new OutpostError('CONFLICT', `There is a tenant ${request.tenantId} already.`);
    this.#policies.delete(request.tenantId);
    return tenant;
  }

  async list(): Promise<Tenant[]> {
    return [...(await this.#options.store.list())];
  }

  /** Rejects with NOT_FOUND. */
  async get(tenantId: string): Promise<Tenant> {
    const tenant = await this.#options.store.get({ tenantId });
    if (tenant === undefined) throw noSuchTenant(tenantId);
    return tenant;
  }

  /** Rejects with NOT_FOUND. */
  async update(tenantId: string, request: UpdateTenant): Promise<Tenant> {
    const { store, clock } = this.#options;
    const fields = Object.entries(request).map(([field, value]) => [field, value ?? undefined]);
    const change: TenantChange = { ...Object.fromEntries(fields), updatedAt: timestamp(clock) };
    const tenant = await store.update({ tenantId, change });
    if (tenant === undefined) throw noSuchTenant(tenantId);
    this.#policies.delete(tenantId);
    return tenant;
  }

  /** What it spent in a month (YYYY-MM), the current one without; and what it may. */
  async usageOf(tenantId: string, month = this.#month()): Promise<Usage> {
    const [tenant, spending] = await Promise.all([
      this.#options.store.get({ tenantId }),
      this.#spending(tenantId, month),
    ]);
    const budgetUsd = tenant?.monthlyBudgetUsd;
    return { month, ...spending, ...(budgetUsd !== undefined && { budgetUsd }) };
  }

  /** A sum of many costs has digits at its end that none of them had. */
  async #spending(tenantId: string, month: string): Promise<Spending> {
    const { dispatches, costUsd } = await this.#options.dispatches.spending({ tenantId, month });
    return { dispatches, costUsd: roundUsd(costUsd) };
  }

  #month(): string {
    return timestamp(this.#options.clock).slice(0, 'YYYY-MM'.length);
  }

  async #isOverBudget(tenant: Tenant | undefined): Promise<boolean> {
    if (tenant?.monthlyBudgetUsd === undefined) return false;
    const { costUsd } = await this.#spending(tenant.tenantId, this.#month());
    return costUsd >= tenant.monthlyBudgetUsd;
  }

  async #policy(tenantId: string, tenant: Tenant | undefined): Promise<TenantPolicy> {
    const defaults = this.#options.defaultsOf(tenantId);
    return {
      isSuspended: tenant?.status === 'suspended',
      isOverBudget: await this.#isOverBudget(tenant),
      maxConcurrent: tenant?.maxConcurrent ?? defaults.maxConcurrent,
      weight: tenant?.weight ?? defaults.weight,
      requestsPerMinute: tenant?.requestsPerMinute ?? defaults.requestsPerMinute,
      workspaceQuotaMb: tenant?.workspaceQuotaMb ?? defaults.workspaceQuotaMb,
      repositoryHosts: tenant?.repositoryHosts ?? defaults.repositoryHosts,
    };
  }
}

function noSuchTenant(tenantId: string): OutpostError {
  return new OutpostError('NOT_FOUND', `There is no tenant ${tenantId}. POST /tenants creates one.`);
}
