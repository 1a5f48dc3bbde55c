import {
  apply,
  failure,
  lifecycleEventOf,
  nextAttempt,
  TOLD_STAGES,
  type DispatchEvent,
  type DispatchMove,
  type DispatchRecord,
  type RecordIn,
} from '@outpost/contracts';
import { dispatchSpec, ending, TEST_EPOCH_MS } from '@outpost/platform/testing';
import { describe, expect, it } from 'vitest';
import { dispatchEventsOf, placeOfEvent } from './dispatch-events.js';

const at = (seconds: number): string => new Date(TEST_EPOCH_MS + seconds * 1_000).toISOString();
const spec = dispatchSpec({
  userId: 'u-1',
  repo: 'octocat/hello',
  branch: 'main',
  tier: 'fast',
  createdAt: at(0),
});
const queued: DispatchRecord = { ...spec, status: 'QUEUED' };
const claim = (seconds: number): DispatchMove => ({
  to: 'RUNNING',
  startedAt: at(seconds),
  heartbeatAt: at(seconds),
  stage: 'claim',
  taskArn: 'task/1',
});

/** Every record that a dispatch was through: out of the queue, out of memory once, to its end. */
function life(): readonly DispatchRecord[] {
  const records: DispatchRecord[] = [queued];
  const move = (next: DispatchMove): void => void records.push(apply(records.at(-1)!, next));
  const come = (change: Partial<RecordIn<'RUNNING'>>): void =>
    void records.push({ ...(records.at(-1) as RecordIn<'RUNNING'>), ...change });
  move({ to: 'PENDING', pendingAt: at(10), attempt: 1 });
  move(claim(12));
  come({ stage: 'workspace', timings: { queue: 10_000, launch: 2_000, claim: 500 } });
  come({ stage: 'run', timings: { claim: 500, workspace: 1_500, clone: 2_000, context: 1_000 } });
  const outOfMemory = failure('out_of_memory', 'killed by SIGKILL');
  move(nextAttempt(records.at(-1) as RecordIn<'RUNNING'>, outOfMemory, at(60))!);
  move(claim(65));
  come({
    stage: 'report',
    timings: { claim: 1, workspace: 1, clone: 1, context: 1, run: 1, verify: 1, collect: 1, upload: 1 },
  });
  const { timings } = records.at(-1) as RecordIn<'RUNNING'>;
  move(ending('COMPLETED', { completedAt: at(90), timings: timings! }));
  return records;
}

const typesOf = (events: readonly DispatchEvent[]): string[] =>
  events.map((event) =>
    event.type === 'dispatch.stage' ? event.stage : event.type.slice('dispatch.'.length),
  );

describe('what has happened to a dispatch', () => {
  it('is told from its acceptance to its end, over all its attempts', () => {
    const events = dispatchEventsOf(life().at(-1)!);
    expect(typesOf(events)).toEqual([
      'queued',
      'pending',
      'started',
      'claim',
      'workspace',
      'clone',
      'context',
      'run',
      'pending',
      'started',
      ...TOLD_STAGES,
      'completed',
    ]);
    const times = events.map(({ occurredAt }) => Date.parse(occurredAt));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    const clone = events.find((event) => event.type === 'dispatch.stage' && event.stage === 'clone');
    expect(clone).toMatchObject({ attempt: 1, occurredAt: at(14) });
  });

  it('is, of its moves, what was published when they were made', () => {
    const records = life();
    const moves = new Map(
      records.map((record) => lifecycleEventOf(record)).map((event) => [event.eventId, event]),
    );
    const told = dispatchEventsOf(records.at(-1)!).filter(({ type }) => type !== 'dispatch.stage');
    expect(told).toEqual([...moves.values()]);
  });

  it('begins with what was told before', () => {
    let before: readonly DispatchEvent[] = [];
    for (const record of life()) {
      const events = dispatchEventsOf(record);
      expect(events.slice(0, before.length)).toEqual(before);
      before = events;
    }
  });

  it('has no queue where there was none, and nothing but that where it was cancelled in it', () => {
    const pending: DispatchRecord = { ...spec, status: 'PENDING', pendingAt: at(0), attempt: 1 };
    expect(typesOf(dispatchEventsOf(pending))).toEqual(['pending']);
    expect(typesOf(dispatchEventsOf(queued))).toEqual(['queued']);
    expect(typesOf(dispatchEventsOf(apply(queued, { ...ending('CANCELLED'), completedAt: at(5) })))).toEqual([
      'queued',
      'cancelled',
    ]);
  });

  it('is told of attempts that have no more than their end', () => {
    const attempts = [1, 2].map((attempt) => ({
      attempt,
      tier: 'fast' as const,
      endedAt: at(attempt),
      failure: failure('launch_failed', 'No worker took it.'),
    }));
    const third: DispatchRecord = { ...spec, status: 'PENDING', pendingAt: at(2), attempt: 3, attempts };
    const events = dispatchEventsOf(third);
    expect(events.map(({ type, occurredAt }) => [type, occurredAt])).toEqual([
      ['dispatch.pending', at(0)],
      ['dispatch.pending', at(1)],
      ['dispatch.pending', at(2)],
    ]);
  });
});

describe('the place of an event', () => {
  it('grows from one to the next', () => {
    const record = life().at(-1)!;
    const places = dispatchEventsOf(record).map(({ eventId }) => placeOfEvent(record.dispatchId, eventId)!);
    expect(places).toEqual([...new Set(places)].toSorted((a, b) => a - b));
  });

  it.each([
    '',
    'x',
    spec.dispatchId,
    `${spec.dispatchId}-1-`,
    `${spec.dispatchId}-1-gone`,
    `${spec.dispatchId}-x-started`,
  ])('is none for %j', (eventId) => {
    expect(placeOfEvent(spec.dispatchId, eventId)).toBeUndefined();
  });

  it('is none for an event of another dispatch', () => {
    const other = lifecycleEventOf({ ...dispatchSpec(), status: 'QUEUED' });
    expect(placeOfEvent(spec.dispatchId, other.eventId)).toBeUndefined();
  });
});
