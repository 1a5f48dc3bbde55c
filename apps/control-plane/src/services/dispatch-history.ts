import {
  isTerminal,
  OutpostError,
  type DispatchEvent,
  type DispatchEventPage,
  type DispatchRecord,
  type TerminalStatus,
} from '@outpost/contracts';
import type { DispatchKey, DispatchStore } from '@outpost/platform';
import { dispatchEventsOf, placeOfEvent } from '../domain/dispatch-events.js';
import { findDispatch } from './dispatch-log.js';

interface DispatchHistoryOptions {
  readonly dispatches: DispatchStore;
  /** Resolves when it is time to look for new events again, or when `signal` is aborted. */
  readonly pause: (signal: AbortSignal) => Promise<void>;
}

export type FollowedEvent = DispatchEvent | { readonly type: 'end'; readonly status: TerminalStatus };

/** What has happened to a dispatch. A cursor is the id of an event, and what follows is what came after it. */
export class DispatchHistory {
  readonly #options: DispatchHistoryOptions;

  constructor(options: DispatchHistoryOptions) {
    this.#options = options;
  }

  /** Rejects with NOT_FOUND or, for a wrong cursor, VALIDATION_ERROR. */
  async page(
    params: DispatchKey & { readonly cursor: string | undefined; readonly limit: number },
  ): Promise<DispatchEventPage> {
    const { cursor, limit } = params;
    const record = await findDispatch(this.#options.dispatches, params);
    const following = eventsAfter(record, cursor);
    const events = following.slice(0, limit);
    return {
      events,
      nextCursor: events.at(-1)?.eventId ?? cursor ?? '',
      complete: isTerminal(record.status) && events.length === following.length,
    };
  }

  /** Events as they come, then the end. Rejects like `page`, before the first. */
  async follow(
    params: DispatchKey & { readonly cursor: string | undefined; readonly signal: AbortSignal },
  ): Promise<AsyncIterable<FollowedEvent>> {
    const record = await findDispatch(this.#options.dispatches, params);
    eventsAfter(record, params.cursor);
    return this.#follow(record, params);
  }

  async *#follow(
    first: DispatchRecord,
    { cursor: from, signal }: { readonly cursor: string | undefined; readonly signal: AbortSignal },
  ): AsyncGenerator<FollowedEvent> {
    const { dispatches, pause } = this.#options;
    let [record, cursor]: [DispatchRecord, string | undefined] = [first, from];
    while (!signal.aborted) {
      for (const event of eventsAfter(record, cursor)) {
        if (signal.aborted) return;
        yield event;
        cursor = event.eventId;
      }
      if (isTerminal(record.status)) {
        yield { type: 'end', status: record.status };
        return;
      }
      await pause(signal);
      if (!signal.aborted) record = await findDispatch(dispatches, record);
    }
  }
}

function eventsAfter(record: DispatchRecord, cursor: string | undefined): readonly DispatchEvent[] {
  const { dispatchId } = record;
  const events = dispatchEventsOf(record);
  if (cursor === undefined) return events;
  const place = placeOfEvent(dispatchId, cursor);
  if (place === undefined) throw wrongCursor();
  return events.filter(({ eventId }) => (placeOfEvent(dispatchId, eventId) ?? 0) > place);
}

function wrongCursor(): OutpostError {
  return new OutpostError('VALIDATION_ERROR', 'The cursor is not the id of an event of this dispatch.', {
    details: [{ path: 'query.cursor', message: 'must be the nextCursor of the page before' }],
  });
}
