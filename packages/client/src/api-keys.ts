import type { ApiKey, CreatedApiKey, Scope } from '@outpost/contracts';
import { path } from './path.js';
import type { RequestOptions, Transport } from './transport.js';

export interface CreateApiKeyInput {
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** Without it the key does not expire. */
  readonly expiresInDays?: number;
}

/** API keys of the tenant; needs the scope `admin`. */
export class ApiKeys {
  readonly #transport: Transport;

  /** @internal */
  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** The value of the key is in this answer, and in no other. */
  async create(input: CreateApiKeyInput, options: RequestOptions = {}): Promise<CreatedApiKey> {
    return this.#transport.json<CreatedApiKey>({
      ...options,
      method: 'POST',
      path: '/api-keys',
      json: input,
    });
  }

  async list(options: RequestOptions = {}): Promise<readonly ApiKey[]> {
    const { apiKeys } = await this.#transport.json<{ apiKeys: ApiKey[] }>({ ...options, path: '/api-keys' });
    return apiKeys;
  }

  /** A key in place of this one, which works for `overlapSeconds` more (a day, unless told otherwise). */
  async rotate(
    apiKeyId: string,
    input: { readonly overlapSeconds?: number } = {},
    options: RequestOptions = {},
  ): Promise<CreatedApiKey> {
    return this.#transport.json<CreatedApiKey>({
      ...options,
      method: 'POST',
      path: path`/api-keys/${apiKeyId}/rotate`,
      json: input,
    });
  }

  /** Revokes it, everywhere within seconds; a repeat is no error. */
  async revoke(apiKeyId: string, options: RequestOptions = {}): Promise<ApiKey> {
    return this.#transport.json<ApiKey>({ ...options, method: 'DELETE', path: path`/api-keys/${apiKeyId}` });
  }
}
