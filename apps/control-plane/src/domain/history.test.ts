import type { DispatchRecord, TerminalStatus } from '@outpost/contracts';
import { dispatchSpec, ending, TEST_AT, TEST_EPOCH_MS } from '@outpost/platform/testing';
import { describe, expect, it } from 'vitest';
import { historyOf, tellsOfItsAgent } from './history.js';

const NOTHING = { successRate: null, p50DurationMs: null, p95DurationMs: null };

function ended(status: TerminalStatus, durationMs?: number): DispatchRecord {
  const completedAt = new Date(TEST_EPOCH_MS + (durationMs ?? 0)).toISOString();
  const { to: _, ...outcome } = ending(status, { completedAt });
  return { ...dispatchSpec(), status, ...outcome, ...(durationMs !== undefined && { startedAt: TEST_AT }) };
}

describe('the history of an agent', () => {
  it('is not known without a run', () => {
    expect(historyOf([])).toEqual(NOTHING);
  });

  it('is not known from what waits, works or was cancelled', () => {
    const spec = dispatchSpec();
    const run = { startedAt: TEST_AT, heartbeatAt: TEST_AT, stage: 'run' } as const;
    const others: DispatchRecord[] = [
      { ...spec, status: 'QUEUED' },
      { ...spec, status: 'PENDING', pendingAt: TEST_AT, attempt: 1 },
      { ...spec, status: 'RUNNING', pendingAt: TEST_AT, attempt: 1, ...run },
      ended('CANCELLED', 1_000),
    ];
    expect(others.filter(tellsOfItsAgent)).toEqual([]);
    expect(historyOf(others)).toEqual(NOTHING);
    expect(historyOf([...others, ended('COMPLETED', 2_000)])).toMatchObject({
      successRate: 1,
      p50DurationMs: 2_000,
    });
  });

  it('counts what failed or timed out as no success, and takes no duration of it', () => {
    const records = [ended('FAILED', 1), ended('TIMEOUT', 9_000), ended('FAILED'), ended('COMPLETED', 50)];
    expect(historyOf(records)).toEqual({ successRate: 0.25, p50DurationMs: 50, p95DurationMs: 50 });
    expect(historyOf([ended('FAILED', 1)])).toEqual({ ...NOTHING, successRate: 0 });
  });

  it('takes durations by nearest rank, in whatever order they come', () => {
    const records = Array.from({ length: 20 }, (_, index) => ended('COMPLETED', ((index * 7) % 20) + 1));
    expect(historyOf(records)).toMatchObject({ p50DurationMs: 10, p95DurationMs: 19 });
  });

  it('takes none from a record without a start, and none that is negative when a clock was set back', () => {
    expect(historyOf([ended('COMPLETED')])).toEqual({ ...NOTHING, successRate: 1 });
    expect(historyOf([ended('COMPLETED', -5_000)])).toMatchObject({ p50DurationMs: 0 });
  });
});
