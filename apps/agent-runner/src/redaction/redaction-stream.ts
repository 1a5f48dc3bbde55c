import type { Automaton } from './automaton.js';
import { addMatch, union, type Interval } from './intervals.js';
import { ExactScanner, type Scanner } from './scanner.js';
import { WrappedScanner } from './wrapped-scanner.js';

const REDACTED = '[REDACTED]';
const MARK = Buffer.from(REDACTED);

/** Both automata of a set of secrets; shared by all streams. */
export interface SecretMatcher {
  readonly exact: Automaton;
  readonly wrappable: Automaton;
}

/** All stretches of a whole text that hold a secret, in their order. */
export function matchesIn({ exact, wrappable }: SecretMatcher, bytes: Buffer): readonly Interval[] {
  const intervals: Interval[] = [];
  for (const scanner of [new ExactScanner(exact), new WrappedScanner(wrappable)]) {
    const matches: Interval[] = [];
    scanner.scan(bytes, (start, end) => addMatch(matches, start, end));
    intervals.push(...matches);
  }
  return union(intervals);
}

/**
 * Redacts bytes that arrive in pieces. The outcome does not depend on how they are cut: bytes are held back for
 * exactly as long as they may be the beginning of a secret, and no longer.
 */
export class RedactionStream {
  readonly #scanners: readonly Scanner[];
  #redactions = 0;
  /** Read, but not given out: it begins at this offset. */
  #held: Buffer = Buffer.alloc(0);
  #heldFrom = 0;
  #intervals: Interval[] = [];

  constructor(matcher: SecretMatcher) {
    this.#scanners = [new ExactScanner(matcher.exact), new WrappedScanner(matcher.wrappable)];
  }

  /** How many stretches were replaced so far. */
  get redactions(): number {
    return this.#redactions;
  }

  /** What may leave after `chunk`; empty while all of it has to wait. May share memory with `chunk`. */
  push(chunk: Buffer): Buffer {
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    const found = this.#scanners.map((scanner) => {
      const matches: Interval[] = [];
      scanner.scan(chunk, (start, end) => addMatch(matches, start, end));
      return matches;
    });
    this.#intervals = union([...this.#intervals, ...found.flat()]);
    return this.#release(bytes, Math.min(...this.#scanners.map((scanner) => scanner.openFrom())));
  }

  /** The rest. What ends in more than half of a secret was cut within it: that goes too. */
  end(): Buffer {
    const end = this.#heldFrom + this.#held.length;
    const start = Math.min(...this.#scanners.map((scanner) => scanner.partialFrom()));
    if (start < end) this.#intervals = union([...this.#intervals, { start, end, marked: false }]);
    return this.#release(this.#held, end);
  }

  /** The rest of a text that is known to be whole. */
  endWhole(): Buffer {
    return this.#release(this.#held, this.#heldFrom + this.#held.length);
  }

  /** Gives out the bytes up to offset `safe`; nothing that begins before it can be found any more. */
  #release(bytes: Buffer, safe: number): Buffer {
    const base = this.#heldFrom;
    const parts: Buffer[] = [];
    const later: Interval[] = [];
    let from = base;
    for (const interval of this.#intervals) {
      if (interval.start >= safe) {
        later.push(interval);
        continue;
      }
      parts.push(bytes.subarray(from - base, interval.start - base));
      if (!interval.marked) parts.push(this.#mark());
      from = Math.min(interval.end, safe);
      if (interval.end > safe) later.push({ start: safe, end: interval.end, marked: true });
    }
    if (from < safe) parts.push(bytes.subarray(from - base, safe - base));
    this.#keep(bytes.subarray(safe - base), safe, later);
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  }

  #mark(): Buffer {
    this.#redactions += 1;
    return MARK;
  }

  /** A copy: a few bytes must not keep a whole chunk in memory. */
  #keep(bytes: Buffer, from: number, intervals: Interval[]): void {
    this.#held = Buffer.from(bytes);
    this.#heldFrom = from;
    this.#intervals = intervals;
  }
}
