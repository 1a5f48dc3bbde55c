import type { Automaton } from './automaton.js';
import { partialDepth, type OnMatch, type Scanner } from './scanner.js';

const [TAB, LF, CR, BLANK, BACKSLASH, N, R] = [0x09, 0x0a, 0x0d, 0x20, 0x5c, 0x6e, 0x72];
/** More than this between two characters is no line break with its indentation. */
const MAX_BREAK_BYTES = 64;
/**
 * With fewer bytes of a pattern than this before it, a line break lets them go: nearly every line ends in some
 * pattern's first byte, and a log that follows a run must not lag behind by a line. The rest of a match still goes.
 */
const MIN_HELD_BYTES = 4;
const PRUNE_FROM = 1_024;

/**
 * Finds patterns also where they are wrapped: a line break, its indentation and the `\n` of a JSON string may stand
 * between any two bytes of a pattern. `base64` wraps at 76 columns, which is shorter than a provider's key.
 */
export class WrappedScanner implements Scanner {
  readonly #automaton: Automaton;
  #state = 0;
  #position = 0;
  /** Where bytes were passed over since the oldest byte that still counts, ascending. */
  #skipped: number[] = [];
  #pruneAt = PRUNE_FROM;
  /** How many bytes were passed over in a row, and the last of them. */
  #breakBytes = 0;
  #breakByte = 0;
  /** No match reaches back behind this offset. */
  #floor = 0;

  constructor(automaton: Automaton) {
    this.#automaton = automaton;
  }

  scan(bytes: Buffer, onMatch: OnMatch): void {
    const automaton = this.#automaton;
    const { matched } = automaton;
    for (const byte of bytes) {
      this.#position += 1;
      if (this.#state !== 0 && this.#isBreak(byte)) {
        this.#skip(byte);
        continue;
      }
      this.#breakBytes = 0;
      this.#state = automaton.step(this.#state, byte);
      if (this.#state === 0) continue;
      const length = matched[this.#state]!;
      if (length > 0) onMatch(this.#startOf(length), this.#position);
    }
  }

  openFrom(): number {
    return this.#startOf(this.#automaton.open[this.#state]!);
  }

  partialFrom(): number {
    return this.#startOf(partialDepth(this.#automaton, this.#state));
  }

  #isBreak(byte: number): boolean {
    if (byte === LF || byte === CR || byte === BACKSLASH) return true;
    if (this.#breakBytes === 0) return false;
    if (byte === BLANK || byte === TAB) return this.#breakByte !== BACKSLASH;
    return (byte === N || byte === R) && this.#breakByte === BACKSLASH;
  }

  #skip(byte: number): void {
    this.#breakBytes += 1;
    this.#breakByte = byte;
    this.#skipped.push(this.#position - 1);
    if (this.#automaton.open[this.#state]! < MIN_HELD_BYTES) this.#floor = this.#position;
    if (this.#breakBytes > MAX_BREAK_BYTES) this.#state = 0;
    if (this.#skipped.length >= this.#pruneAt) this.#prune();
  }

  #prune(): void {
    const from = this.openFrom();
    this.#skipped = this.#skipped.filter((position) => position >= from);
    this.#pruneAt = Math.max(PRUNE_FROM, 2 * this.#skipped.length);
  }

  /** Where the last `length` bytes that counted begin. Bytes passed over after them belong to them. */
  #startOf(length: number): number {
    let start = this.#position - length;
    if (length === 0) return start;
    for (let index = this.#skipped.length - 1; index >= 0 && this.#skipped[index]! >= start; index -= 1)
      start -= 1;
    return Math.max(start, this.#floor);
  }
}
