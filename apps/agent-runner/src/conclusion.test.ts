import { describe, expect, it } from 'vitest';
import type { AgentVerdict } from './agents/adapter.js';
import { concludeAgent, concludeError, concludeStop, firstFailure, type AgentResult } from './conclusion.js';
import { PhaseError } from './phase-error.js';

const RECORD = { timeoutSeconds: 60, tier: 'fast' } as const;
const verdict: AgentVerdict = {
  succeeded: true,
  error: undefined,
  finalMessage: 'Done.',
  usage: undefined,
  reportedCostUsd: undefined,
};
const result = (exit: Partial<AgentResult['exit']>, said: Partial<AgentVerdict> = {}): AgentResult => ({
  exit: { exitCode: 0, signal: undefined, endedBy: 'exit', durationMs: 1, ...exit },
  verdict: { ...verdict, ...said },
});

describe('what a run comes to', () => {
  it('completes when the CLI exits with 0 and says that it is done', () => {
    expect(concludeAgent(result({}), RECORD)).toEqual({ status: 'COMPLETED', failure: undefined });
  });

  it('is a time-out even when the CLI called it a success on its way out', () => {
    expect(concludeAgent(result({ endedBy: 'timeout' }), RECORD)).toMatchObject({
      status: 'TIMEOUT',
      failure: { class: 'timed_out' },
    });
  });

  it.each([
    ['authentication', 'agent_authentication'],
    ['rate_limit', 'agent_rate_limited'],
    ['model_unavailable', 'model_unavailable'],
    ['incomplete', 'agent_incomplete'],
    ['crashed', 'agent_crashed'],
    ['unknown', 'agent_crashed'],
  ] as const)('is a failure of the class of its reason: %s', (reason, failureClass) => {
    const concluded = concludeAgent(
      result({ exitCode: 1 }, { succeeded: false, error: { reason, message: 'Why.' } }),
      RECORD,
    );
    expect(concluded).toMatchObject({ status: 'FAILED', failure: { class: failureClass, message: 'Why.' } });
  });

  it('names a CLI that could not be started', () => {
    const concluded = concludeAgent(
      result({ endedBy: 'spawn-error', error: 'no such file' }, { succeeded: false }),
      RECORD,
    );
    expect(concluded).toMatchObject({
      status: 'FAILED',
      failure: { class: 'agent_missing', message: 'no such file' },
    });
  });

  it('tells a cancellation from a worker that was told to stop', () => {
    expect(concludeStop('cancelled')).toMatchObject({ status: 'CANCELLED', failure: { class: 'cancelled' } });
    expect(concludeStop('terminated')).toMatchObject({ status: 'FAILED', failure: { class: 'worker_lost' } });
  });

  it('keeps the class of a phase, and calls the rest internal', () => {
    expect(concludeError(new PhaseError('upload_failed', 'disk full')).failure).toMatchObject({
      class: 'upload_failed',
      message: 'disk full',
    });
    expect(concludeError(new TypeError('x is undefined')).failure).toMatchObject({ class: 'internal' });
  });

  it('takes the first failure for the cause', () => {
    const [first, second] = [
      concludeError(new PhaseError('collect_failed', 'a')),
      concludeError(new PhaseError('upload_failed', 'b')),
    ];
    expect(firstFailure([undefined, { status: 'COMPLETED', failure: undefined }, first, second])).toBe(first);
    expect(firstFailure([undefined, { status: 'COMPLETED', failure: undefined }]).status).toBe('COMPLETED');
  });
});
