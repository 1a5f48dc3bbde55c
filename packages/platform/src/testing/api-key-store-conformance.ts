import { randomUUID } from 'node:crypto';
import { describe, expect } from 'vitest';
import type { ApiKeyStore } from '../ports/index.js';
import { storedApiKey } from './fixtures.js';
import { atOnce, subjectOf, type Harness } from './harness.js';
import { itExcept, type LeftOut } from './left-out.js';

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
