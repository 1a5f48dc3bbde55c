import { describe } from 'vitest';
import { describeAttempts } from './dispatch-attempts-conformance.js';
import { describeCreation } from './dispatch-creation-conformance.js';
import { describeIdempotency } from './dispatch-idempotency-conformance.js';
import { describeLife } from './dispatch-life-conformance.js';
import { describeLines } from './dispatch-line-conformance.js';
import { describeListing } from './dispatch-listing-conformance.js';
import { describePlaces } from './dispatch-place-conformance.js';
import { describeQueue } from './dispatch-queue-conformance.js';
import { describeRetention } from './dispatch-retention-conformance.js';
import type { DispatchStoreSubject } from './dispatch-store-subject.js';
import type { Harness } from './harness.js';
import { itExcept, type LeftOut } from './left-out.js';
import { describeSpending } from './dispatch-spending-conformance.js';

/** What every dispatch store must do. */
export function describeDispatchStoreConformance(
  name: string,
  harness: Harness<DispatchStoreSubject>,
  leftOut?: LeftOut,
): void {
  const it = itExcept(leftOut);
  describe(`DispatchStore: ${name}`, () => {
    describeCreation(harness, it);
    describeIdempotency(harness, it);
    describeLife(harness, it);
    describeAttempts(harness, it);
    describeSpending(harness, it);
    describeQueue(harness, it);
    describeLines(harness, it);
    describePlaces(harness, it);
    describeListing(harness, it);
    describeRetention(harness, it);
  });
}
