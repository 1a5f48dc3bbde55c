import type { GetLogEventsCommandInput, GetLogEventsCommandOutput } from '@aws-sdk/client-cloudwatch-logs';
import { ServiceFault } from './json-service.js';

const MAX_PAGE_BYTES = 1_048_576;
const MAX_PAGE_EVENTS = 10_000;
/** What an event counts beside its text. */
const EVENT_OVERHEAD_BYTES = 26;
const MAX_EVENT_BYTES = 262_144 - EVENT_OVERHEAD_BYTES;

export interface StoredEvent {
  readonly timestamp: number;
  readonly message: string;
}

/** `f/<place>` and `b/<place>`; with `/e` after an empty page, for then the token has to be another. */
const TOKEN = /^([fb])\/(\d+)(\/e)?$/;

/** A page as CloudWatch answers it: oldest first, and the tokens of the pages on either side. */
export function pageOf(
  events: readonly StoredEvent[],
  input: GetLogEventsCommandInput,
  { isEmpty }: { readonly isEmpty: boolean },
): Omit<GetLogEventsCommandOutput, '$metadata'> {
  const { startTime = 0, endTime = Number.POSITIVE_INFINITY, limit = MAX_PAGE_EVENTS, nextToken } = input;
  if (limit < 1 || limit > MAX_PAGE_EVENTS) throw invalid('limit must be from 1 to 10000.');
  const forward = input.startFromHead ?? false;
  const place = placeOf(nextToken, forward);
  const first = events.findIndex(({ timestamp }) => timestamp >= startTime);
  const from = first === -1 ? events.length : first;
  const after = events.findIndex(({ timestamp }) => timestamp >= endTime);
  const to = after === -1 ? events.length : after;
  const [start, end] = forward
    ? forwardFrom(events, { from: Math.max(place ?? from, from), to, limit })
    : backwardFrom(events, { from, to: Math.min(place ?? to, to), limit });
  if (isEmpty && start < end) return emptyPage(forward ? start : end, nextToken);
  return {
    events: events.slice(start, end),
    // At either end the token that was given comes back.
    nextForwardToken: forward && start === end && nextToken !== undefined ? nextToken : `f/${end}`,
    nextBackwardToken: !forward && start === end && nextToken !== undefined ? nextToken : `b/${start}`,
  };
}

/** Cuts a line of a container as awslogs does, between characters. */
export function linesAsEvents(line: string): string[] {
  const bytes = Buffer.from(line);
  const parts: string[] = [];
  for (let from = 0; from < bytes.length;) {
    let to = Math.min(from + MAX_EVENT_BYTES, bytes.length);
    while (to < bytes.length && isContinuation(bytes[to])) to -= 1;
    parts.push(bytes.toString('utf8', from, to));
    from = to;
  }
  return parts;
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

function emptyPage(
  place: number,
  nextToken: string | undefined,
): Omit<GetLogEventsCommandOutput, '$metadata'> {
  const suffix = nextToken?.endsWith('/e') === true ? '' : '/e';
  return { events: [], nextForwardToken: `f/${place}${suffix}`, nextBackwardToken: `b/${place}${suffix}` };
}

function placeOf(token: string | undefined, forward: boolean): number | undefined {
  if (token === undefined) return undefined;
  const [, direction, place] = TOKEN.exec(token) ?? [];
  if (place === undefined) throw invalid('The specified nextToken is invalid.');
  if (direction === 'f' && !forward) throw invalid('startFromHead must be true with a nextForwardToken.');
  return Number(place);
}

interface Window {
  readonly from: number;
  readonly to: number;
  readonly limit: number;
}

function forwardFrom(events: readonly StoredEvent[], { from, to, limit }: Window): [number, number] {
  const start = Math.min(from, to);
  let end = start;
  for (let bytes = 0; end < to && end - start < limit; end += 1) {
    bytes += sizeOf(events[end]);
    if (bytes > MAX_PAGE_BYTES) break;
  }
  return [start, end];
}

function backwardFrom(events: readonly StoredEvent[], { from, to, limit }: Window): [number, number] {
  const end = Math.max(from, to);
  let start = end;
  for (let bytes = 0; start > from && end - start < limit; start -= 1) {
    bytes += sizeOf(events[start - 1]);
    if (bytes > MAX_PAGE_BYTES) break;
  }
  return [start, end];
}

function sizeOf(event: StoredEvent | undefined): number {
  return Buffer.byteLength(event?.message ?? '') + EVENT_OVERHEAD_BYTES;
}

function invalid(message: string): ServiceFault {
  return new ServiceFault('InvalidParameterException', message);
}
