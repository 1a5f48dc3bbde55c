import type { ContextDocument } from '@outpost/contracts';
import { describe, expect } from 'vitest';
import type { ContextDocumentStore } from '../ports/index.js';
import { TEST_AT } from './fixtures.js';
import { atOnce, subjectOf, type Harness } from './harness.js';
import { itExcept, type LeftOut } from './left-out.js';

const document = (overrides: Partial<ContextDocument> = {}): ContextDocument => ({
  name: 'PROFILE',
  content: 'Small steps. Zähle \u{1F680}\n',
  updatedAt: TEST_AT,
  ...overrides,
});

/** What every store of context documents must do. */
export function describeContextDocumentStoreConformance(
  name: string,
  harness: Harness<{
    /** The control plane's. */
    readonly control: ContextDocumentStore;
    /** A worker's. */
    readonly worker: Pick<ContextDocumentStore, 'list'>;
  }>,
  leftOut?: LeftOut,
): void {
  const it = itExcept(leftOut);
  describe(`ContextDocumentStore: ${name}`, () => {
    it('lists what was written, by name, and to a worker too', async () => {
      const { control, worker } = await subjectOf(harness);
      const [profile, soul] = [document(), document({ name: 'SOUL', content: 'x'.repeat(16_000) })];
      expect(await control.list({ tenantId: 'acme' })).toEqual([]);
      for (const each of [soul, profile]) await control.put({ tenantId: 'acme', ...each });
      expect(await control.list({ tenantId: 'acme' })).toEqual([profile, soul]);
      expect(await worker.list({ tenantId: 'acme' })).toEqual([profile, soul]);
    });

    it('replaces, and of many at once keeps one as it was written', async () => {
      const { control } = await subjectOf(harness);
      await control.put({ tenantId: 'acme', ...document() });
      const written = Array.from({ length: 10 }, (_, index) => document({ content: `text ${index}` }));
      await atOnce(10, (index) => control.put({ tenantId: 'acme', ...written[index]! }));
      const listed = await control.list({ tenantId: 'acme' });
      expect(listed).toHaveLength(1);
      expect(written).toContainEqual(listed[0]);
    });

    it('removes one, once, and says what it was', async () => {
      const { control } = await subjectOf(harness);
      const [profile, roadmap] = [document(), document({ name: 'ROADMAP' })];
      for (const each of [profile, roadmap]) await control.put({ tenantId: 'acme', ...each });
      const key = { tenantId: 'acme', name: 'PROFILE' } as const;
      const removed = await atOnce(5, () => control.remove(key));
      expect(removed.filter((each) => each !== undefined)).toEqual([profile]);
      expect(await control.list({ tenantId: 'acme' })).toEqual([roadmap]);
    });

    it('keeps tenants apart', async () => {
      const { control, worker } = await subjectOf(harness);
      await control.put({ tenantId: 'acme', ...document() });
      for (const tenantId of ['acm', 'acme2', 'globex']) {
        expect(await worker.list({ tenantId })).toEqual([]);
        expect(await control.remove({ tenantId, name: 'PROFILE' })).toBeUndefined();
      }
      expect(await control.list({ tenantId: 'acme' })).toEqual([document()]);
    });
  });
}
