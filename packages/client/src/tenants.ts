import type { CreateTenant, Scope, Tenant, UpdateTenant, Usage } from '@outpost/contracts';
import type { CreatedApiKey } from './api-keys.js';
import type { RequestOptions, Transport } from './transport.js';

/** Tenants; needs an admin key of tenant `default`. */
export class Tenants {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  async create(input: CreateTenant, { signal }: RequestOptions = {}): Promise<Tenant> {
    return this.#transport.json<Tenant>({ method: 'POST', path: '/tenants', json: input, signal });
  }

  async list({ signal }: RequestOptions = {}): Promise<readonly Tenant[]> {
    const { tenants } = await this.#transport.json<{ tenants: Tenant[] }>({ path: '/tenants', signal });
    return tenants;
  }

  async get(tenantId: string, { signal }: RequestOptions = {}): Promise<Tenant> {
    return this.#transport.json<Tenant>({ path: pathOf(tenantId), signal });
  }

  /** Suspends it, lets it go on, or sets its limits; null takes one back. */
  async update(tenantId: string, input: UpdateTenant, { signal }: RequestOptions = {}): Promise<Tenant> {
    return this.#transport.json<Tenant>({ method: 'PATCH', path: pathOf(tenantId), json: input, signal });
  }

  /** `month`: YYYY-MM, in UTC; the current one without. */
  async usage(
    tenantId: string,
    { month, signal }: RequestOptions & { readonly month?: string } = {},
  ): Promise<Usage> {
    return this.#transport.json<Usage>({ path: `${pathOf(tenantId)}/usage`, query: { month }, signal });
  }

  async createApiKey(
    tenantId: string,
    input: { readonly name: string; readonly scopes: readonly Scope[]; readonly expiresInDays?: number },
    { signal }: RequestOptions = {},
  ): Promise<CreatedApiKey> {
    const path = `${pathOf(tenantId)}/api-keys`;
    return this.#transport.json<CreatedApiKey>({ method: 'POST', path, json: input, signal });
  }
}

function pathOf(tenantId: string): string {
  return `/tenants/${encodeURIComponent(tenantId)}`;
}
