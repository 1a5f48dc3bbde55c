import type { ApiKey, Scope } from '@outpost/contracts';
import type { RequestOptions, Transport } from './transport.js';

/** A new key, with the value that is shown this once. */
export interface CreatedApiKey extends ApiKey {
  readonly key: string;
}

/** API keys of the tenant; needs the scope `admin`. */
export class ApiKeys {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  async create(
    input: { readonly name: string; readonly scopes: readonly Scope[]; readonly expiresInDays?: number },
    options: RequestOptions = {},
  ): Promise<CreatedApiKey> {
    return this.#transport.json<CreatedApiKey>({
      method: 'POST',
      path: '/api-keys',
      json: input,
      signal: options.signal,
    });
  }

  async list(options: RequestOptions = {}): Promise<readonly ApiKey[]> {
    const { apiKeys } = await this.#transport.json<{ apiKeys: ApiKey[] }>({
      path: '/api-keys',
      signal: options.signal,
    });
    return apiKeys;
  }

  /** A key in place of this one, which works for `overlapSeconds` more (a day, unless told otherwise). */
  async rotate(
    apiKeyId: string,
    input: { readonly overlapSeconds?: number } = {},
    options: RequestOptions = {},
  ): Promise<CreatedApiKey> {
    return this.#transport.json<CreatedApiKey>({
      method: 'POST',
      path: `/api-keys/${encodeURIComponent(apiKeyId)}/rotate`,
      json: input,
      signal: options.signal,
    });
  }

  /** Revokes it, everywhere within seconds; a repeat is no error. */
  async revoke(apiKeyId: string, options: RequestOptions = {}): Promise<ApiKey> {
    return this.#transport.json<ApiKey>({
      method: 'DELETE',
      path: `/api-keys/${encodeURIComponent(apiKeyId)}`,
      signal: options.signal,
    });
  }
}
