import {
  API_KEY_PATTERN,
  API_KEY_PREFIX_LENGTH,
  OutpostError,
  type ApiKey,
  type Scope,
} from '@outpost/contracts';
import { timestamp, type ApiKeyStore, type Clock, type StoredApiKey } from '@outpost/platform';
import { createHash, randomBytes, randomUUID } from 'node:crypto';

/** Who calls. */
export interface Principal {
  readonly tenantId: string;
  readonly apiKeyId: string;
  readonly scopes: readonly Scope[];
}

/** API keys: only their SHA-256 and their first characters are kept. */
export class ApiKeys {
  readonly #store: ApiKeyStore;
  readonly #clock: Clock;

  constructor({ store, clock }: { store: ApiKeyStore; clock: Clock }) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Rejects with AUTHENTICATION_ERROR; a wrong, a revoked and an unknown key read alike. */
  async authenticate(key: string | undefined): Promise<Principal> {
    if (key === undefined) {
      throw new OutpostError(
        'AUTHENTICATION_ERROR',
        'Send an API key: X-API-Key: otp_… or Authorization: Bearer otp_…',
      );
    }
    const stored = API_KEY_PATTERN.test(key)
      ? await this.#store.findByHash({ keyHash: hashOf(key) })
      : undefined;
    if (stored === undefined || stored.status !== 'active') {
      throw new OutpostError(
        'AUTHENTICATION_ERROR',
        'The API key is not valid. Keys are otp_ and 64 hex digits, and may be revoked.',
      );
    }
    return { tenantId: stored.tenantId, apiKeyId: stored.apiKeyId, scopes: stored.scopes };
  }

  /** The new key with its value, which is nowhere kept. */
  async create(params: {
    tenantId: string;
    name: string;
    scopes: readonly Scope[];
  }): Promise<ApiKey & { key: string }> {
    const key = newApiKey();
    const stored = this.#record({ ...params, key });
    await this.#store.create(stored);
    return { ...withoutHash(stored), key };
  }

  /** Makes sure that this key is there with these scopes. One that was revoked stays revoked. */
  async ensure(params: {
    tenantId: string;
    name: string;
    scopes: readonly Scope[];
    key: string;
  }): Promise<void> {
    if ((await this.#store.findByHash({ keyHash: hashOf(params.key) })) === undefined) {
      await this.#store.create(this.#record(params));
    }
  }

  async list({ tenantId }: { tenantId: string }): Promise<ApiKey[]> {
    return (await this.#store.list({ tenantId })).map(withoutHash);
  }

  async revoke(params: { tenantId: string; apiKeyId: string }): Promise<ApiKey> {
    const revoked = await this.#store.revoke(params);
    if (revoked === undefined) throw new OutpostError('NOT_FOUND', `There is no API key ${params.apiKeyId}.`);
    return withoutHash(revoked);
  }

  #record(params: { tenantId: string; name: string; scopes: readonly Scope[]; key: string }): StoredApiKey {
    return {
      apiKeyId: randomUUID(),
      tenantId: params.tenantId,
      keyHash: hashOf(params.key),
      keyPrefix: params.key.slice(0, API_KEY_PREFIX_LENGTH),
      name: params.name,
      scopes: [...params.scopes],
      status: 'active',
      createdAt: timestamp(this.#clock),
    };
  }
}

export function newApiKey(): string {
  return `otp_${randomBytes(32).toString('hex')}`;
}

function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

function withoutHash({ keyHash: _, ...apiKey }: StoredApiKey): ApiKey {
  return apiKey;
}
