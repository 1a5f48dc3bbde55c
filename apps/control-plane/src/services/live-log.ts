import type { LogLine, TerminalStatus } from '@outpost/contracts';
import type { LogChunk } from '@outpost/platform';
import type { LogSlice } from './dispatch-log.js';

export type LogEvent =
  | { readonly type: 'log'; readonly line: LogLine; readonly cursor: string }
  | { readonly type: 'end'; readonly status: TerminalStatus };

/** How much of a live log is kept for those who read it more slowly than it grows. */
export interface LogWindow {
  readonly lines: number;
  readonly characters: number;
}

export interface LiveLogOptions {
  /** Everything up to here was read. */
  readonly cursor: string;
  readonly window: LogWindow;
  readonly read: (cursor: string) => Promise<LogSlice>;
  /** Resolves when it is time to look for new lines again, or when `signal` is aborted. */
  readonly pause: (signal: AbortSignal) => Promise<void>;
}

type Outcome = { readonly end: TerminalStatus } | { readonly error: unknown };
type Entry = LogChunk['entries'][number];

/** The end of a log, read by one for all who follow it. Its lines are numbered as they come; the oldest are let go. */
export class LiveLog {
  readonly #options: LiveLogOptions;
  readonly #waiting = new Set<() => void>();
  #entries: Entry[] = [];
  #characters = 0;
  /** The number of the first of the entries, and the cursor before it. */
  #first = 0;
  #base: string;
  #cursor: string;
  #roundsBegun = 0;
  #roundsEnded = 0;
  #outcome: Outcome | undefined;

  constructor(options: LiveLogOptions) {
    this.#options = options;
    this.#base = options.cursor;
    this.#cursor = options.cursor;
  }

  /** Whether there may be more lines. */
  get isOpen(): boolean {
    return this.#outcome === undefined;
  }

  /** Reads until the dispatch ends, the store fails, or `signal` is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    try {
      while (this.isOpen && !signal.aborted) {
        // Whoever starts to follow has just read to the end.
        await this.#options.pause(signal);
        await this.#round(signal);
      }
    } catch (error) {
      this.#outcome = { error };
    }
    this.#notify();
  }

  /**
   * Lines after the cursor as they come, then the end. Returns where to read on when the lines from there are not here
   * any more, and undefined when there is nothing more to read. Throws what the store threw.
   */
  async *follow(cursor: string, signal: AbortSignal): AsyncGenerator<LogEvent, string | undefined> {
    let position = cursor;
    let next = await this.#numberAfter(cursor, signal);
    while (!signal.aborted) {
      if (next === undefined || next < this.#first) return position;
      const entry = this.#entries[next - this.#first];
      if (entry !== undefined) {
        next += 1;
        position = entry.cursor;
        yield { type: 'log', ...entry };
      } else if (this.#outcome === undefined) {
        await this.#change(signal);
      } else {
        yield endOf(this.#outcome);
        return undefined;
      }
    }
    return undefined;
  }

  async #round(signal: AbortSignal): Promise<void> {
    this.#roundsBegun += 1;
    for (let atEnd = false; !atEnd && !signal.aborted;) {
      const slice = await this.#options.read(this.#cursor);
      this.#add(slice);
      atEnd = slice.atEnd;
      if (slice.end !== undefined) this.#outcome = { end: slice.end };
      if (atEnd) this.#roundsEnded = this.#roundsBegun;
      this.#notify();
    }
  }

  #add({ entries, nextCursor }: LogSlice): void {
    this.#cursor = nextCursor;
    this.#entries.push(...entries);
    for (const { line } of entries) this.#characters += line.text.length;
    const { lines, characters } = this.#options.window;
    let gone = 0;
    while (this.#entries.length - gone > lines || this.#characters > characters) {
      const oldest = this.#entries[gone];
      if (oldest === undefined) break;
      this.#base = oldest.cursor;
      this.#characters -= oldest.line.text.length;
      gone += 1;
    }
    this.#entries = this.#entries.slice(gone);
    this.#first += gone;
  }

  /** The number of the line after the cursor. Undefined: it is not among the lines that are here. */
  async #numberAfter(cursor: string, signal: AbortSignal): Promise<number | undefined> {
    // A round that begins now reaches at least as far as whoever has just read to the end.
    const round = this.#roundsBegun + 1;
    while (this.#find(cursor) === undefined && this.#roundsEnded < round && this.isOpen && !signal.aborted)
      await this.#change(signal);
    const found = this.#find(cursor);
    if (found === undefined && this.#outcome !== undefined && 'error' in this.#outcome)
      throw this.#outcome.error;
    return found;
  }

  #find(cursor: string): number | undefined {
    if (cursor === this.#base) return this.#first;
    const index = this.#entries.findLastIndex((entry) => entry.cursor === cursor);
    return index === -1 ? undefined : this.#first + index + 1;
  }

  /** Resolves when there is something new, or once `signal` is aborted; not to be called after that. */
  async #change(signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.#waiting.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.#waiting.add(done);
      signal.addEventListener('abort', done);
    });
  }

  #notify(): void {
    for (const done of this.#waiting) done();
  }
}

function endOf(outcome: Outcome): LogEvent {
  if ('error' in outcome) throw outcome.error;
  return { type: 'end', status: outcome.end };
}
