import {
  asAccepted,
  isTerminal,
  lifecycleEventOf,
  TOLD_STAGES,
  type Attempt,
  type DispatchEvent,
  type DispatchRecord,
  type RecordIn,
  type Stage,
  type StageTimings,
  type TierName,
} from '@outpost/contracts';

/** What is known of an attempt, over or under way. */
interface Life {
  readonly attempt: number;
  readonly tier: TierName;
  readonly pendingAt: string;
  readonly startedAt: string | undefined;
  /** Of the stages that it has left. */
  readonly timings: StageTimings;
  /** The one that it is in. */
  readonly stage: Stage | undefined;
}

/**
 * Everything that has happened to a dispatch, oldest first: the events of its moves, which are those that were
 * published, and the stages that its workers came to. The record has it all, so that nothing more need be kept, and
 * what was told of once is told of ever after.
 */
export function dispatchEventsOf(record: DispatchRecord): readonly DispatchEvent[] {
  const lives = livesOf(record);
  const hasWaited = lives[0] === undefined || lives[0].pendingAt > record.createdAt;
  return [
    ...(hasWaited ? [lifecycleEventOf(asAccepted(record, 'QUEUED'))] : []),
    ...lives.flatMap((life) => eventsOfLife(record, life)),
    ...(isTerminal(record.status) ? [lifecycleEventOf(record)] : []),
  ];
}

/** Where an event stands among those of its dispatch; undefined for the id of no event of it. */
export function placeOfEvent(dispatchId: string, eventId: string): number | undefined {
  const [, attempt = '', kind = ''] = eventId.startsWith(`${dispatchId}-`)
    ? (/-(\d{1,3})-([a-z-]+)$/.exec(eventId) ?? [])
    : [];
  const rank = KINDS.indexOf(kind);
  return rank === -1 ? undefined : Number(attempt) * KINDS.length + rank;
}

/** In the order in which they come within an attempt. */
const KINDS: readonly string[] = [
  'queued',
  'pending',
  'started',
  ...TOLD_STAGES.map((stage) => `stage-${stage}`),
  'completed',
  'failed',
  'timeout',
  'cancelled',
];

function livesOf(record: DispatchRecord): readonly Life[] {
  const { attempt, pendingAt, attempts = [] } = record as Partial<RecordIn<'RUNNING'>>;
  if (attempt === undefined || pendingAt === undefined) return [];
  const { startedAt, timings = {}, stage } = record as Partial<RecordIn<'RUNNING'>>;
  const earlier = attempts.map((each, index) => ({
    attempt: each.attempt,
    tier: each.tier,
    pendingAt: each.pendingAt ?? attempts[index - 1]?.endedAt ?? record.createdAt,
    startedAt: each.startedAt,
    timings: each.timings ?? {},
    stage: undefined,
  }));
  return [...earlier, { attempt, tier: record.tier, pendingAt, startedAt, timings, stage }];
}

function eventsOfLife(record: DispatchRecord, life: Life): readonly DispatchEvent[] {
  const { startedAt } = life;
  const before = attemptsBefore(record, life);
  const pending: RecordIn<'PENDING'> = {
    ...asAccepted(record, 'QUEUED'),
    status: 'PENDING',
    tier: life.tier,
    pendingAt: life.pendingAt,
    attempt: life.attempt,
    ...(before.length > 0 && { attempts: before }),
  };
  if (startedAt === undefined) return [lifecycleEventOf(pending)];
  const running: RecordIn<'RUNNING'> = {
    ...pending,
    status: 'RUNNING',
    startedAt,
    heartbeatAt: startedAt,
    stage: 'claim',
  };
  return [
    lifecycleEventOf(pending),
    lifecycleEventOf(running),
    ...stagesOf(record.dispatchId, { ...life, startedAt }),
  ];
}

function attemptsBefore(record: DispatchRecord, { attempt }: Life): Attempt[] {
  const { attempts = [] } = record as Partial<RecordIn<'RUNNING'>>;
  return attempts.filter((each) => each.attempt < attempt);
}

/** One begins when the one before it has ended. */
function stagesOf(
  dispatchId: string,
  { attempt, startedAt, timings, stage: current }: Life & { readonly startedAt: string },
): readonly DispatchEvent[] {
  let at = Date.parse(startedAt);
  return TOLD_STAGES.flatMap((stage) => {
    const tookMs = timings[stage];
    if (tookMs === undefined && stage !== current) return [];
    const occurredAt = new Date(at).toISOString();
    at += tookMs ?? 0;
    const eventId = `${dispatchId}-${attempt}-stage-${stage}`;
    return [{ eventId, type: 'dispatch.stage', occurredAt, dispatchId, attempt, stage } as const];
  });
}
