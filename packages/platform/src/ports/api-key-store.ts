import type { ApiKey } from '@outpost/contracts';

/** A key with the SHA-256 (hex) by which it is found. That it has expired is for whoever reads it to see. */
export interface StoredApiKey extends Omit<ApiKey, 'status'> {
  readonly keyHash: string;
  readonly status: 'active' | 'revoked';
}

export interface ApiKeyName {
  readonly tenantId: string;
  readonly apiKeyId: string;
}

export interface RotateParams extends ApiKeyName {
  readonly replacement: StoredApiKey;
  /** ISO 8601: when the old key ends, if it does not end before. */
  readonly expiresAt: string;
}

/** What was counted of one key. */
export interface ApiKeyUsage extends ApiKeyName {
  readonly count: number;
  /** ISO 8601. */
  readonly lastUsedAt: string;
}

export interface ApiKeyStore {
  /** Refuses (`false`) a hash or an id that is there already. */
  create(key: StoredApiKey): Promise<boolean>;
  /** Also one that was revoked or has expired: the caller looks at it. */
  findByHash(params: { readonly keyHash: string }): Promise<StoredApiKey | undefined>;
  get(name: ApiKeyName): Promise<StoredApiKey | undefined>;
  list(params: { readonly tenantId: string }): Promise<readonly StoredApiKey[]>;
  /** Idempotent; undefined when the tenant has no such key. */
  revoke(name: ApiKeyName): Promise<StoredApiKey | undefined>;
  /**
   * Writes the replacement and the end of the old key, both or none. False: the tenant has no such key, or it was
   * revoked or rotated before.
   */
  rotate(params: RotateParams): Promise<boolean>;
  /** Adds to what was counted before. Does nothing for a key that is not there. */
  addUsage(usage: ApiKeyUsage): Promise<void>;
}
