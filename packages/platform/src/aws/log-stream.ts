import {
  GetLogEventsCommand,
  type CloudWatchLogsClient,
  type GetLogEventsCommandInput,
  type OutputLogEvent,
} from '@aws-sdk/client-cloudwatch-logs';
import { OutpostError, type LogLine } from '@outpost/contracts';
import type { LogKey } from '../ports/index.js';
import { isNamed } from './errors.js';
import { lastOf } from './log-archive.js';
import { wrongCursor, type LogPosition } from './log-cursor.js';
import { FrameJoiner, parseFrame, type LogEntry, type LogFrame } from './log-frames.js';

/** For events that are no line of their own: the worker's own log, and the parts of long lines. */
const SPARE_EVENTS = 100;
const MAX_EVENTS = 10_000;
/** CloudWatch answers empty pages where it found nothing yet; so many in a row are a fault. */
const MAX_EMPTY_PAGES = 100;

/** The stream of a task, which other dispatches may have written to, too. */
export interface LogStream {
  readonly logs: CloudWatchLogsClient;
  readonly logGroup: string;
  readonly streamName: string;
  readonly key: LogKey;
}

/** Lines after the position, as they are asked for. Throws VALIDATION_ERROR when no line ends there. */
export async function* streamEntries(
  stream: LogStream,
  { timestampMs, end }: LogPosition,
  limit: number,
): AsyncGenerator<LogEntry> {
  const joiner = new FrameJoiner({ after: end });
  let isKnown = end === 0;
  const range = { startFromHead: true, startTime: timestampMs, limit: eventsFor(limit) };
  for await (const events of pagesOf(stream, range)) {
    for (const { frame, timestampMs: at } of framesIn(events, stream.key)) {
      isKnown ||= frame.end === end;
      const entry = joiner.add(frame, at);
      if (entry !== undefined && !isKnown) throw wrongCursor();
      if (entry !== undefined) yield entry;
    }
  }
  if (!isKnown) throw wrongCursor();
}

/** The last lines, read from the end as far back as it takes. */
export async function streamTail(stream: LogStream, limit: number): Promise<readonly LogLine[]> {
  const pages: StampedFrame[][] = [];
  let lines: readonly LogLine[] = [];
  for await (const events of pagesOf(stream, { startFromHead: false, limit: eventsFor(limit) })) {
    pages.unshift(framesIn(events, stream.key));
    lines = linesOf(pages.flat());
    if (lines.length >= limit) break;
  }
  return lastOf(lines, limit);
}

function linesOf(frames: readonly StampedFrame[]): readonly LogLine[] {
  const joiner = new FrameJoiner({ after: 0 });
  return frames.flatMap(({ frame, timestampMs }) => joiner.add(frame, timestampMs)?.line ?? []);
}

interface StampedFrame {
  readonly frame: LogFrame;
  readonly timestampMs: number;
}

function framesIn(events: readonly OutputLogEvent[], key: LogKey): StampedFrame[] {
  return events.flatMap(({ message = '', timestamp = 0 }) => {
    const frame = parseFrame(message, key);
    return frame === undefined ? [] : [{ frame, timestampMs: timestamp }];
  });
}

/** Pages up to the end that the token leads to; none where there is no such stream yet. */
async function* pagesOf(
  { logs, logGroup, streamName }: LogStream,
  range: Pick<GetLogEventsCommandInput, 'startFromHead' | 'startTime' | 'limit'>,
): AsyncGenerator<readonly OutputLogEvent[]> {
  const input = { logGroupName: logGroup, logStreamName: streamName, ...range };
  let nextToken: string | undefined;
  for (let emptyPages = 0; emptyPages < MAX_EMPTY_PAGES;) {
    const page = await logs.send(new GetLogEventsCommand({ ...input, nextToken })).catch(unlessMissing);
    if (page === undefined) return;
    const { events = [], nextForwardToken, nextBackwardToken } = page;
    if (events.length > 0) yield events;
    emptyPages = events.length === 0 ? emptyPages + 1 : 0;
    const token = range.startFromHead === true ? nextForwardToken : nextBackwardToken;
    if (token === nextToken) return;
    nextToken = token;
  }
  throw new OutpostError(
    'SERVICE_UNAVAILABLE',
    'CloudWatch Logs answers empty pages only. Try again in a moment.',
    {
      retryAfterSeconds: 1,
    },
  );
}

function eventsFor(lines: number): number {
  return Math.min(lines + SPARE_EVENTS, MAX_EVENTS);
}

function unlessMissing(error: unknown): undefined {
  if (!isNamed(error, 'ResourceNotFoundException')) throw error;
}
