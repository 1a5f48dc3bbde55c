import type { CreatedApiKey, CreateTenant, Tenant, UpdateTenant, Usage } from '@outpost/contracts';
import type { CreateApiKeyInput } from './api-keys.js';
import { path } from './path.js';
import type { RequestOptions, Transport } from './transport.js';

export interface UsageOptions extends RequestOptions {
  /** YYYY-MM, in UTC; the current one without. */
  readonly month?: string | undefined;
}

/** Tenants; needs an admin key of tenant `default`. */
export class Tenants {
  readonly #transport: Transport;

  /** @internal */
  constructor(transport: Transport) {
    this.#transport = transport;
  }

  async create(input: CreateTenant, options: RequestOptions = {}): Promise<Tenant> {
    return this.#transport.json<Tenant>({ ...options, method: 'POST', path: '/tenants', json: input });
  }

  async list(options: RequestOptions = {}): Promise<readonly Tenant[]> {
    const { tenants } = await this.#transport.json<{ tenants: Tenant[] }>({ ...options, path: '/tenants' });
    return tenants;
  }

  async get(tenantId: string, options: RequestOptions = {}): Promise<Tenant> {
    return this.#transport.json<Tenant>({ ...options, path: path`/tenants/${tenantId}` });
  }

  /** Suspends it, lets it go on, or sets its limits; null takes one back. */
  async update(tenantId: string, input: UpdateTenant, options: RequestOptions = {}): Promise<Tenant> {
    return this.#transport.json<Tenant>({
      ...options,
      method: 'PATCH',
      path: path`/tenants/${tenantId}`,
      json: input,
    });
  }

  async usage(tenantId: string, { month, ...options }: UsageOptions = {}): Promise<Usage> {
    return this.#transport.json<Usage>({
      ...options,
      path: path`/tenants/${tenantId}/usage`,
      query: { month },
    });
  }

  async createApiKey(
    tenantId: string,
    input: CreateApiKeyInput,
    options: RequestOptions = {},
  ): Promise<CreatedApiKey> {
    return this.#transport.json<CreatedApiKey>({
      ...options,
      method: 'POST',
      path: path`/tenants/${tenantId}/api-keys`,
      json: input,
    });
  }
}
