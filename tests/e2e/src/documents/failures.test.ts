import { cancellationMs, overheadMs, WORKER_LIMITS } from '@outpost/agent-runner';
import { FAILURES, LIMITS } from '@outpost/contracts';
import { REAP_POLICY } from '@outpost/control-plane';
import { readDocument, section } from '@outpost/test-support';
import { expect, it } from 'vitest';

const DOCUMENT = readDocument('docs/failures.md');

/** The cells of the table below a heading, without its head. */
function table(title: string): readonly (readonly string[])[] {
  const rows = section(DOCUMENT, title)
    .text.split('\n')
    .filter((line) => line.startsWith('|'));
  return rows.slice(2).map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

const unquoted = (text = ''): string => text.replaceAll('`', '');

it('docs/failures.md has every class of failure, as it is', () => {
  const documented = table('Classes').map(([name, retryable, when, does, hint]) => {
    expect(when).not.toBe('');
    expect(does).not.toBe('');
    return [unquoted(name), { retryable: retryable === 'yes', hint }];
  });
  expect(documented).toEqual(
    Object.entries(FAILURES).map(([name, { retryable, hint }]) => [name, { retryable, hint }]),
  );
});

it('docs/failures.md has the limits of the phases, and of stops, as they are', () => {
  const phases = table('Limits of the phases').map(([name, seconds]) => [
    unquoted(name),
    Number(seconds) * 1_000,
  ]);
  expect(Object.fromEntries(phases)).toEqual(WORKER_LIMITS.phaseTimeoutMs);
  const { cancelPollMs, cancelGraceMs, cancelReportMs, agentGraceMs, stoppedCollectMs } = WORKER_LIMITS;
  expect(table('Cancellation and other stops').map(([, ms]) => Number(ms))).toEqual([
    cancelPollMs,
    cancelGraceMs,
    cancelReportMs,
    agentGraceMs,
    stoppedCollectMs,
  ]);
  expect(DOCUMENT.text).toContain(`stored every ${WORKER_LIMITS.checkpointIntervalMs / 1_000} seconds`);
  expect(LIMITS.startRetriesMax).toBe(3);
  expect(cancellationMs()).toBeLessThanOrEqual(2_000);
});

it('the control plane grants a worker all the time that its phases may take', () => {
  expect(overheadMs()).toBeLessThan(REAP_POLICY.overheadMs);
});
