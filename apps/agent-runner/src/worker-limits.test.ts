import { expect, it } from 'vitest';
import { agentEndMs, AWS_WORKER_LIMITS, cancellationMs, overheadMs, WORKER_LIMITS } from './worker-limits.js';

it('a cancellation is reported within two seconds, however stubborn the agent', () => {
  for (const limits of [WORKER_LIMITS, AWS_WORKER_LIMITS])
    expect(cancellationMs(limits)).toBeLessThanOrEqual(2_000);
});

it('the agent of a cancelled run is gone before the report', () => {
  for (const limits of [WORKER_LIMITS, AWS_WORKER_LIMITS])
    expect(agentEndMs(limits)).toBeLessThan(cancellationMs(limits));
});

it('the platform takes a worker back in 30 s: what it does then fits in', () => {
  const { agentGraceMs, stoppedCollectMs, stoppedMeasureMs, settleMs } = WORKER_LIMITS;
  expect(agentGraceMs + 5_000 + stoppedCollectMs + stoppedMeasureMs + 3 * settleMs).toBeLessThan(30_000);
});

it('all that a run takes besides its agent adds up', () => {
  const phaseTimeoutMs = {
    claim: 1,
    workspace: 2,
    clone: 4,
    context: 8,
    collect: 16,
    upload: 32,
    report: 64,
  };
  const limits = {
    ...WORKER_LIMITS,
    phaseTimeoutMs,
    settleMs: 1_000,
    measureMs: 200,
    archiveMs: 3,
    agentGraceMs: 100_000,
  };
  expect(overheadMs(limits)).toBe(127 + 7_000 + 2_403 + 100_000 + 5_000);
});
