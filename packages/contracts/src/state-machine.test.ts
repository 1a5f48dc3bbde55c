import { describe, expect, it } from 'vitest';
import {
  DISPATCH_STATUSES,
  DispatchRecordSchema,
  type DispatchRecord,
  type DispatchSpec,
} from './dispatch.js';
import { failure } from './failures.js';
import {
  allows,
  apply,
  guardOf,
  SLOT_HOLDING,
  isTerminal,
  TRANSITIONS,
  type DispatchMove,
} from './state-machine.js';

const at = '2026-11-23T12:00:00.000Z';
const spec: DispatchSpec = {
  dispatchId: '01K4ZJ8W2T6V0Q9S3R5X7Y1B2C',
  tenantId: 'default',
  agent: 'codex',
  modelId: 'gpt-5.2-codex',
  tier: 'balanced',
  task: 'Write a test for the parser.',
  contextLevel: 'standard',
  workspaceMode: 'ephemeral',
  workspaceId: '3f2b8c1e-0f39-4b5a-9d3e-2d6f0c8b7a10',
  timeoutSeconds: 600,
  tags: {},
  secrets: [],
  createdAt: at,
  ttl: 1,
};
const end = { completedAt: at, exitCode: 0, errorMessage: null };
const records: Record<string, DispatchRecord> = {
  QUEUED: { ...spec, status: 'QUEUED' },
  PENDING: { ...spec, status: 'PENDING', pendingAt: at, attempt: 1 },
  RUNNING: { ...spec, status: 'RUNNING', attempt: 1, startedAt: at, heartbeatAt: at, stage: 'run' },
  COMPLETED: { ...spec, status: 'COMPLETED', ...end },
  FAILED: { ...spec, status: 'FAILED', ...end, failure: failure('internal', 'x') },
  TIMEOUT: { ...spec, status: 'TIMEOUT', ...end },
  CANCELLED: { ...spec, status: 'CANCELLED', ...end },
};
const moves: DispatchMove[] = [
  { to: 'PENDING', pendingAt: at, attempt: 1 },
  { to: 'RUNNING', startedAt: at, heartbeatAt: at, stage: 'claim', taskArn: 'arn' },
  { to: 'COMPLETED', ...end },
  { to: 'FAILED', ...end, failure: failure('internal', 'x') },
  { to: 'TIMEOUT', ...end },
  { to: 'CANCELLED', ...end },
];

describe('the state machine', () => {
  it.each(DISPATCH_STATUSES.flatMap((from) => moves.map((move) => [from, move.to, move] as const)))(
    '%s -> %s is allowed exactly where the table says so, and makes a valid record',
    (from, to, move) => {
      const record = records[from]!;
      expect(allows(record, move)).toBe(TRANSITIONS[from].includes(to));
      if (!allows(record, move)) {
        expect(() => apply(record, move)).toThrow(TypeError);
        return;
      }
      const next = apply(record, move);
      expect(next.status).toBe(to);
      expect(DispatchRecordSchema.parse(next)).toEqual(next);
    },
  );

  it('never leaves an end', () => {
    for (const status of DISPATCH_STATUSES.filter(isTerminal)) {
      expect(moves.filter((move) => allows(records[status]!, move))).toEqual([]);
    }
  });

  it('lets FAILED and CANCELLED come from anywhere before the end', () => {
    for (const move of moves.filter(({ to }) => to === 'FAILED' || to === 'CANCELLED')) {
      expect(guardOf(move).from.toSorted()).toEqual(['PENDING', 'QUEUED', 'RUNNING']);
    }
  });

  it('takes no end but CANCELLED once a cancellation was acknowledged', () => {
    const cancelled = { ...records['RUNNING'], cancelRequestedAt: at } as DispatchRecord;
    expect(moves.filter((move) => allows(cancelled, move)).map(({ to }) => to)).toEqual(['CANCELLED']);
  });

  it('counts a slot for a dispatch that is starting or running', () => {
    expect(SLOT_HOLDING).toEqual(['PENDING', 'RUNNING']);
  });
});
