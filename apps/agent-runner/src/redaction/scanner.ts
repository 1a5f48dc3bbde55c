import type { Automaton } from './automaton.js';

/** Told of each match: absolute offsets of its first byte and of the byte behind it. */
export type OnMatch = (start: number, end: number) => void;

/** Looks for an automaton's patterns in a text that arrives in pieces. Offsets are absolute: the first byte ever is 0. */
export interface Scanner {
  scan(bytes: Buffer, onMatch: OnMatch): void;
  /** No later match can begin before this offset. */
  openFrom(): number;
  /** Where the text's last bytes begin, if they are more than half of a pattern; its length so far, if they are not. */
  partialFrom(): number;
}

/** Finds patterns as they are. */
export class ExactScanner implements Scanner {
  readonly #automaton: Automaton;
  #state = 0;
  #position = 0;

  constructor(automaton: Automaton) {
    this.#automaton = automaton;
  }

  scan(bytes: Buffer, onMatch: OnMatch): void {
    const automaton = this.#automaton;
    const { matched } = automaton;
    let state = this.#state;
    for (let index = 0; index < bytes.length; index += 1) {
      state = automaton.step(state, bytes[index]!);
      const length = matched[state]!;
      if (length > 0) onMatch(this.#position + index + 1 - length, this.#position + index + 1);
    }
    this.#state = state;
    this.#position += bytes.length;
  }

  openFrom(): number {
    return this.#position - this.#automaton.open[this.#state]!;
  }

  partialFrom(): number {
    return this.#position - partialDepth(this.#automaton, this.#state);
  }
}

/** How many of the last bytes are more than half of a pattern. */
export function partialDepth(automaton: Automaton, state: number): number {
  for (let current = state; current !== 0; current = automaton.fail[current]!) {
    const shortest = automaton.shortestAhead[current]!;
    if (shortest > 0 && automaton.depth[current]! * 2 > shortest) return automaton.depth[current]!;
  }
  return 0;
}
