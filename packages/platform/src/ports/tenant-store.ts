import type { Tenant } from '@outpost/contracts';

/** Fields to write; undefined removes one. */
export type TenantChange = { readonly [Field in keyof Omit<Tenant, 'tenantId'>]?: Tenant[Field] | undefined };

export interface TenantStore {
  /** Refuses (`false`) an id that is there already. */
  create(tenant: Tenant): Promise<boolean>;
  get(params: { readonly tenantId: string }): Promise<Tenant | undefined>;
  /** By their ids. */
  list(): Promise<readonly Tenant[]>;
  /** Undefined when there is no such tenant. */
  update(params: { readonly tenantId: string; readonly change: TenantChange }): Promise<Tenant | undefined>;
}
