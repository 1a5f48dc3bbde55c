import { describe } from 'vitest';
import { describeCreation } from './dispatch-creation-conformance.js';
import { describeIdempotency } from './dispatch-idempotency-conformance.js';
import { describeLife } from './dispatch-life-conformance.js';
import { describeListing } from './dispatch-listing-conformance.js';
import { describeQueue } from './dispatch-queue-conformance.js';
import type { DispatchStoreSubject } from './dispatch-store-subject.js';
import type { Harness } from './harness.js';

/** What every dispatch store must do. */
export function describeDispatchStoreConformance(name: string, harness: Harness<DispatchStoreSubject>): void {
  describe(`DispatchStore: ${name}`, () => {
    describeCreation(harness);
    describeIdempotency(harness);
    describeLife(harness);
    describeQueue(harness);
    describeListing(harness);
  });
}
