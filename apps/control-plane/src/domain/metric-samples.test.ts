import { DispatchRecordSchema, failure, type DispatchRecord } from '@outpost/contracts';
import { dispatchSpec } from '@outpost/platform/testing';
import { expect, it } from 'vitest';
import { samplesByAgent, samplesOfEnd } from './metric-samples.js';

const ended = (fields: Partial<DispatchRecord>): DispatchRecord =>
  DispatchRecordSchema.parse({
    ...dispatchSpec({ agent: 'codex' }),
    status: 'COMPLETED',
    startedAt: '2026-11-23T12:00:00.000Z',
    completedAt: '2026-11-23T12:01:30.500Z',
    exitCode: 0,
    errorMessage: null,
    ...fields,
  });

const COUNTED = [
  { metric: 'dispatches', value: 1, of: 'COMPLETED' },
  { metric: 'agentDispatches', value: 1, of: 'codex' },
];
const DURATION = { metric: 'duration', value: 90.5, of: 'codex' };

it('counts an end by status and agent, with how long it took', () => {
  expect(samplesOfEnd(ended({}))).toEqual([...COUNTED, DURATION]);
});

it('counts one that a warm worker ran', () => {
  expect(samplesOfEnd(ended({ workerId: 'w1' }))).toEqual([
    ...COUNTED,
    { metric: 'warmStarts', value: 1, of: 'codex' },
    DURATION,
  ]);
});

it('counts a failure by its class, and none that never started as taking time', () => {
  const failed = { status: 'FAILED', startedAt: undefined, failure: failure('launch_failed', 'no') } as const;
  expect(samplesOfEnd(ended(failed))).toEqual([
    { metric: 'dispatches', value: 1, of: 'FAILED' },
    { metric: 'agentDispatches', value: 1, of: 'codex' },
    { metric: 'failures', value: 1, of: 'launch_failed' },
  ]);
});

it('counts no cancellation as a failure', () => {
  const cancelled = { status: 'CANCELLED', failure: failure('cancelled', 'Cancelled.') } as const;
  expect(samplesOfEnd(ended(cancelled)).map(({ metric }) => metric)).toEqual([
    'dispatches',
    'agentDispatches',
    'duration',
  ]);
});

it('never counts time backwards', () => {
  const early = ended({ completedAt: '2026-11-23T11:00:00.000Z' });
  expect(samplesOfEnd(early)).toContainEqual({ metric: 'duration', value: 0, of: 'codex' });
});

it('counts nothing that goes on', () => {
  expect(samplesOfEnd({ ...dispatchSpec(), status: 'QUEUED' })).toEqual([]);
});

it('tells a gauge of each agent, and of all', () => {
  const counts = { claude: 2, codex: 0, gemini: 0, aider: 1, grok: 0 };
  expect(samplesByAgent('active', counts)).toEqual([
    { metric: 'active', value: 2, of: 'claude' },
    { metric: 'active', value: 0, of: 'codex' },
    { metric: 'active', value: 0, of: 'gemini' },
    { metric: 'active', value: 1, of: 'aider' },
    { metric: 'active', value: 0, of: 'grok' },
    { metric: 'active', value: 3 },
  ]);
});
