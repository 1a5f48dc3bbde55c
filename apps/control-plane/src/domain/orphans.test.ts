import type { DispatchRecord } from '@outpost/contracts';
import { dispatchSpec, TEST_EPOCH_MS } from '@outpost/platform/testing';
import { describe, expect, it } from 'vitest';
import { isOrphan } from './orphans.js';

const at = (seconds: number): string => new Date(TEST_EPOCH_MS + seconds * 1_000).toISOString();
const spec = dispatchSpec();
const ended = { exitCode: 0, errorMessage: null };

const cases: readonly (readonly [string, DispatchRecord | undefined, number | undefined])[] = [
  ['whose dispatch is not there, from its own start', undefined, 70],
  ['whose dispatch waits', { ...spec, status: 'QUEUED' }, undefined],
  ['that may not be noted yet', { ...spec, status: 'PENDING', pendingAt: at(0), attempt: 1 }, undefined],
  ['of a dispatch', { ...spec, status: 'PENDING', pendingAt: at(0), attempt: 1, taskArn: 'mine' }, undefined],
  [
    'whose dispatch went to another',
    { ...spec, status: 'PENDING', pendingAt: at(100), attempt: 2, taskArn: 'other' },
    160,
  ],
  ['whose dispatch has ended', { ...spec, ...ended, status: 'COMPLETED', completedAt: at(200) }, 260],
  [
    'whose dispatch had ended before it came',
    { ...spec, ...ended, status: 'FAILED', completedAt: at(1) },
    70,
  ],
];

describe('a task', () => {
  it.each(cases)('%s', (_, record, orphanFrom) => {
    const isOrphanAt = (seconds: number): boolean =>
      isOrphan({ taskArn: 'mine', since: at(10), record, now: Date.parse(at(seconds)), graceMs: 60_000 });
    if (orphanFrom === undefined) {
      expect(isOrphanAt(1_000_000)).toBe(false);
      return;
    }
    expect(isOrphanAt(orphanFrom - 1)).toBe(false);
    expect(isOrphanAt(orphanFrom)).toBe(true);
  });
});
