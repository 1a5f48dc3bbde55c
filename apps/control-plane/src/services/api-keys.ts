import {
  API_KEY_PATTERN,
  API_KEY_PREFIX_LENGTH,
  OutpostError,
  type ApiKey,
  type CreateApiKey,
  type Scope,
} from '@outpost/contracts';
import {
  timestamp,
  type ApiKeyName,
  type ApiKeyStore,
  type Clock,
  type StoredApiKey,
} from '@outpost/platform';
import { LRUCache } from 'lru-cache';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { ApiKeyUsageCounter } from './api-key-usage.js';

/** How long another instance may let in a key that was revoked. */
const REMEMBERED_MS = 5_000;
const REMEMBERED_KEYS = 10_000;
const DAY_MS = 86_400_000;

/** Who calls. */
export interface Principal {
  readonly tenantId: string;
  readonly apiKeyId: string;
  readonly scopes: readonly Scope[];
}

/** Whose key it is; `refused` says why it does not let anybody in. */
export type Identity =
  | { readonly principal: Principal; readonly refused?: undefined }
  | { readonly principal: Principal; readonly refused: 'expired' | 'revoked' }
  | { readonly principal?: undefined; readonly refused: 'missing' | 'unknown' };

interface ApiKeysOptions {
  readonly store: ApiKeyStore;
  readonly usage: Pick<ApiKeyUsageCounter, 'count'>;
  readonly clock: Clock;
}

type NewKey = Pick<CreateApiKey, 'name' | 'scopes'> & {
  readonly tenantId: string;
  /** ISO 8601. */
  readonly expiresAt?: string | undefined;
};

type KeyWithValue = ApiKey & { readonly key: string };

/** API keys: only their SHA-256 and their first characters are kept. */
export class ApiKeys {
  readonly #store: ApiKeyStore;
  readonly #usage: ApiKeysOptions['usage'];
  readonly #clock: Clock;
  /** Keys that are there, by their hash. One that is not is looked for each time: it may have been made just now. */
  readonly #known: LRUCache<string, StoredApiKey>;

  constructor({ store, usage, clock }: ApiKeysOptions) {
    this.#store = store;
    this.#usage = usage;
    this.#clock = clock;
    this.#known = new LRUCache({
      max: REMEMBERED_KEYS,
      ttl: REMEMBERED_MS,
      ttlResolution: 0,
      perf: { now: () => clock.now() },
    });
  }

  /** Whether it was valid a few seconds ago: it can be told without a look at the store. */
  isRemembered(key: string | undefined): boolean {
    return key !== undefined && this.#known.has(hashOf(key));
  }

  async identify(key: string | undefined): Promise<Identity> {
    if (key === undefined) return { refused: 'missing' };
    const stored = API_KEY_PATTERN.test(key) ? await this.#find(hashOf(key)) : undefined;
    if (stored === undefined) return { refused: 'unknown' };
    const { tenantId, apiKeyId, scopes } = stored;
    const { status } = this.#view(stored);
    if (status !== 'active') return { principal: { tenantId, apiKeyId, scopes }, refused: status };
    this.#usage.count({ tenantId, apiKeyId });
    return { principal: { tenantId, apiKeyId, scopes } };
  }

  /** The new key with its value, which is nowhere kept. */
  async create({
    tenantId,
    name,
    scopes,
    expiresInDays,
  }: CreateApiKey & { readonly tenantId: string }): Promise<KeyWithValue> {
    const expiresAt =
      expiresInDays === undefined
        ? undefined
        : new Date(this.#clock.now() + expiresInDays * DAY_MS).toISOString();
    const key = newApiKey();
    const stored = this.#record({ tenantId, name, scopes, expiresAt }, key);
    await this.#store.create(stored);
    return { ...this.#view(stored), key };
  }

  /**
   * A key of the same name, scopes and life that takes the place of this one, which works for `overlapSeconds` more.
   * Rejects with NOT_FOUND, and with CONFLICT for one that has ended or was rotated before.
   */
  async rotate({
    overlapSeconds,
    ...name
  }: ApiKeyName & { readonly overlapSeconds: number }): Promise<KeyWithValue> {
    const old = await this.#store.get(name);
    if (old === undefined) throw noSuchKey(name);
    const key = newApiKey();
    const replacement = this.#record({ ...old, expiresAt: this.#sameLife(old) }, key);
    const expiresAt = new Date(this.#clock.now() + overlapSeconds * 1_000).toISOString();
    const isActive = this.#view(old).status === 'active';
    if (!isActive || !(await this.#store.rotate({ ...name, replacement, expiresAt }))) throw notRotated(name);
    this.#known.delete(old.keyHash);
    return { ...this.#view(replacement), key };
  }

  /** Makes sure that this key is there with these scopes. One that was revoked stays revoked. */
  async ensure({ key, ...params }: NewKey & { readonly key: string }): Promise<void> {
    if ((await this.#store.findByHash({ keyHash: hashOf(key) })) === undefined) {
      await this.#store.create(this.#record(params, key));
    }
  }

  async list({ tenantId }: { tenantId: string }): Promise<ApiKey[]> {
    return (await this.#store.list({ tenantId })).map((key) => this.#view(key));
  }

  async revoke(name: ApiKeyName): Promise<ApiKey> {
    const revoked = await this.#store.revoke(name);
    if (revoked === undefined) throw noSuchKey(name);
    this.#known.delete(revoked.keyHash);
    return this.#view(revoked);
  }

  async #find(keyHash: string): Promise<StoredApiKey | undefined> {
    const known = this.#known.get(keyHash);
    if (known !== undefined) return known;
    const found = await this.#store.findByHash({ keyHash });
    if (found !== undefined) this.#known.set(keyHash, found);
    return found;
  }

  #record({ tenantId, name, scopes, expiresAt }: NewKey, key: string): StoredApiKey {
    return {
      apiKeyId: randomUUID(),
      tenantId,
      keyHash: hashOf(key),
      keyPrefix: key.slice(0, API_KEY_PREFIX_LENGTH),
      name,
      scopes: [...scopes],
      status: 'active',
      createdAt: timestamp(this.#clock),
      ...(expiresAt !== undefined && { expiresAt }),
      usageCount: 0,
    };
  }

  /** As long from now as the old one had from its beginning. */
  #sameLife({ createdAt, expiresAt }: StoredApiKey): string | undefined {
    if (expiresAt === undefined) return undefined;
    const lifeMs = Date.parse(expiresAt) - Date.parse(createdAt);
    return new Date(this.#clock.now() + lifeMs).toISOString();
  }

  #view({ keyHash: _, ...key }: StoredApiKey): ApiKey {
    const hasExpired = key.expiresAt !== undefined && key.expiresAt <= timestamp(this.#clock);
    return { ...key, status: key.status === 'active' && hasExpired ? 'expired' : key.status };
  }
}

export function newApiKey(): string {
  return `otp_${randomBytes(32).toString('hex')}`;
}

function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

function noSuchKey({ apiKeyId }: ApiKeyName): OutpostError {
  return new OutpostError('NOT_FOUND', `There is no API key ${apiKeyId}.`);
}

function notRotated({ apiKeyId }: ApiKeyName): OutpostError {
  return new OutpostError(
    'CONFLICT',
    `API key ${apiKeyId} was revoked or rotated before, or has expired. Make a new one with POST /api-keys.`,
  );
}
