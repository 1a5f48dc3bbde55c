import { randomUUID } from 'node:crypto';
import { describe, expect } from 'vitest';
import type { ApiKeyStore } from '../ports/index.js';
import { storedApiKey } from './fixtures.js';
import { TEST_EPOCH_MS } from './settable-clock.js';
import { atOnce, subjectOf, type Harness } from './harness.js';
import { itExcept, type LeftOut } from './left-out.js';

/** ISO 8601: so many seconds after the epoch of tests. */
const at = (seconds: number): string => new Date(TEST_EPOCH_MS + seconds * 1_000).toISOString();

/** What every store of API keys must do. */
export function describeApiKeyStoreConformance(
  name: string,
  harness: Harness<{ readonly apiKeys: ApiKeyStore }>,
  leftOut?: LeftOut,
): void {
  const it = itExcept(leftOut);
  describe(`ApiKeyStore: ${name}`, () => {
    it('finds a key by its hash, and nothing by another', async () => {
      const { apiKeys } = await subjectOf(harness);
      const key = storedApiKey();
      expect(await apiKeys.create(key)).toBe(true);
      expect(await apiKeys.findByHash({ keyHash: key.keyHash })).toEqual(key);
      expect(await apiKeys.findByHash({ keyHash: '0'.repeat(64) })).toBeUndefined();
    });

    it('refuses a hash or an id that is there, also of another tenant', async () => {
      const { apiKeys } = await subjectOf(harness);
      const key = storedApiKey();
      await apiKeys.create(key);
      expect(await apiKeys.create(storedApiKey({ keyHash: key.keyHash, tenantId: 'globex' }))).toBe(false);
      expect(await apiKeys.create(storedApiKey({ apiKeyId: key.apiKeyId, tenantId: 'globex' }))).toBe(false);
      expect(await apiKeys.create(key)).toBe(false);
      expect(await apiKeys.findByHash({ keyHash: key.keyHash })).toEqual(key);
      expect(await apiKeys.list({ tenantId: 'globex' })).toEqual([]);
    });

    it('takes a hash once, however many bring it at once', async () => {
      const { apiKeys } = await subjectOf(harness);
      const { keyHash } = storedApiKey();
      const results = await atOnce(20, () => apiKeys.create(storedApiKey({ keyHash })));
      expect(results.filter((isCreated) => isCreated)).toHaveLength(1);
      expect(await apiKeys.list({ tenantId: 'acme' })).toHaveLength(1);
    });

    it('lists the keys of the tenant alone', async () => {
      const { apiKeys } = await subjectOf(harness);
      const ours = [storedApiKey(), storedApiKey()];
      for (const key of [...ours, storedApiKey({ tenantId: 'globex' })]) await apiKeys.create(key);
      const listed = await apiKeys.list({ tenantId: 'acme' });
      expect(listed).toHaveLength(2);
      expect(listed).toEqual(expect.arrayContaining(ours));
    });

    it('revokes for good, as often as asked', async () => {
      const { apiKeys } = await subjectOf(harness);
      const key = storedApiKey();
      await apiKeys.create(key);
      const revoked = { ...key, status: 'revoked' };
      expect(await apiKeys.revoke({ tenantId: 'acme', apiKeyId: key.apiKeyId })).toEqual(revoked);
      expect(await apiKeys.revoke({ tenantId: 'acme', apiKeyId: key.apiKeyId })).toEqual(revoked);
      expect(await apiKeys.findByHash({ keyHash: key.keyHash })).toEqual(revoked);
      expect(await apiKeys.list({ tenantId: 'acme' })).toEqual([revoked]);
    });

    it('gets a key by its name, and none of another tenant', async () => {
      const { apiKeys } = await subjectOf(harness);
      const key = storedApiKey({ expiresAt: at(60) });
      await apiKeys.create(key);
      expect(await apiKeys.get(key)).toEqual(key);
      expect(await apiKeys.get({ ...key, tenantId: 'globex' })).toBeUndefined();
      expect(await apiKeys.get({ ...key, apiKeyId: randomUUID() })).toBeUndefined();
    });

    it('rotates a key: the new one is there, and the old one ends', async () => {
      const { apiKeys } = await subjectOf(harness);
      const [key, replacement] = [storedApiKey(), storedApiKey()];
      await apiKeys.create(key);
      expect(await apiKeys.rotate({ ...key, replacement, expiresAt: at(60) })).toBe(true);
      const old = { ...key, expiresAt: at(60), replacedBy: replacement.apiKeyId };
      expect(await apiKeys.findByHash(key)).toEqual(old);
      expect(await apiKeys.findByHash(replacement)).toEqual(replacement);
    });

    it('never prolongs the life of a key that is rotated', async () => {
      const { apiKeys } = await subjectOf(harness);
      const key = storedApiKey({ expiresAt: at(30) });
      await apiKeys.create(key);
      await apiKeys.rotate({ ...key, replacement: storedApiKey(), expiresAt: at(60) });
      expect(await apiKeys.get(key)).toMatchObject({ expiresAt: at(30) });
    });

    it('rotates a key once, however many ask at once, and leaves nothing of the others', async () => {
      const { apiKeys } = await subjectOf(harness);
      const key = storedApiKey();
      await apiKeys.create(key);
      const rotated = await atOnce(10, () =>
        apiKeys.rotate({ ...key, replacement: storedApiKey(), expiresAt: at(60) }),
      );
      expect(rotated.filter((isRotated) => isRotated)).toHaveLength(1);
      expect(await apiKeys.list(key)).toHaveLength(2);
    });

    it('rotates no key that was revoked, is not there, or is of another tenant', async () => {
      const { apiKeys } = await subjectOf(harness);
      const key = storedApiKey();
      await apiKeys.create(key);
      const params = { ...key, replacement: storedApiKey(), expiresAt: at(60) };
      expect(await apiKeys.rotate({ ...params, tenantId: 'globex' })).toBe(false);
      expect(await apiKeys.rotate({ ...params, apiKeyId: randomUUID() })).toBe(false);
      await apiKeys.revoke(key);
      expect(await apiKeys.rotate(params)).toBe(false);
      expect(await apiKeys.list(key)).toEqual([{ ...key, status: 'revoked' }]);
    });

    it('adds up how often a key was used, also from several instances at once', async () => {
      const { apiKeys } = await subjectOf(harness);
      const key = storedApiKey();
      await apiKeys.create(key);
      await atOnce(5, () => apiKeys.addUsage({ ...key, count: 3, lastUsedAt: at(1) }));
      await apiKeys.addUsage({ ...key, count: 1, lastUsedAt: at(2) });
      expect(await apiKeys.get(key)).toEqual({ ...key, usageCount: 16, lastUsedAt: at(2) });
    });

    it('counts nothing for a key that is not there, or is of another tenant', async () => {
      const { apiKeys } = await subjectOf(harness);
      const [key, unknown] = [storedApiKey(), storedApiKey()];
      await apiKeys.create(key);
      await apiKeys.addUsage({ ...unknown, count: 1, lastUsedAt: at(1) });
      await apiKeys.addUsage({ ...key, tenantId: 'globex', count: 1, lastUsedAt: at(1) });
      expect(await apiKeys.get(unknown)).toBeUndefined();
      expect(await apiKeys.get(key)).toEqual(key);
    });

    it('revokes no key of another tenant', async () => {
      const { apiKeys } = await subjectOf(harness);
      const key = storedApiKey();
      await apiKeys.create(key);
      expect(await apiKeys.revoke({ tenantId: 'globex', apiKeyId: key.apiKeyId })).toBeUndefined();
      expect(await apiKeys.revoke({ tenantId: 'acme', apiKeyId: randomUUID() })).toBeUndefined();
      expect(await apiKeys.findByHash({ keyHash: key.keyHash })).toEqual(key);
    });
  });
}
