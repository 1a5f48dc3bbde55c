import type { ApiKey } from '@outpost/contracts';

/** A key with the SHA-256 (hex) by which it is found. */
export interface StoredApiKey extends ApiKey {
  readonly keyHash: string;
}

export interface ApiKeyStore {
  /** Refuses (`false`) a hash or an id that is there already. */
  create(key: StoredApiKey): Promise<boolean>;
  /** Also a revoked one: the caller looks at `status`. */
  findByHash(params: { readonly keyHash: string }): Promise<StoredApiKey | undefined>;
  list(params: { readonly tenantId: string }): Promise<readonly StoredApiKey[]>;
  /** Idempotent; undefined when the tenant has no such key. */
  revoke(params: { readonly tenantId: string; readonly apiKeyId: string }): Promise<StoredApiKey | undefined>;
}
