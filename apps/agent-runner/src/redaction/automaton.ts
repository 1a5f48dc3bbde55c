/**
 * An Aho–Corasick automaton over bytes: reads each byte once, however many patterns there are. Most states of such a
 * trie have one successor, so that only those with more get a table; the rest cost some twenty bytes each.
 */
export class Automaton {
  /** Per state: the number of bytes it stands for. */
  readonly depth: number[] = [0];
  /** Per state: the state of its longest proper suffix. */
  readonly fail: Int32Array;
  /** Per state: the length of the longest pattern that ends here, 0 for none. */
  readonly matched: Int32Array;
  /** Per state: the length of the longest suffix that may still grow into a pattern, the state's own included. */
  readonly open: Int32Array;
  /** Per state: the length of the shortest pattern that goes on from here; 0 when none does. */
  readonly shortestAhead: Int32Array;

  readonly #terminal: boolean[] = [false];
  readonly #tables = new Map<number, Int32Array>();
  readonly #onlyByte: number[] = [-1];
  readonly #onlyChild: number[] = [0];
  readonly #root = new Int32Array(256);

  constructor(patterns: readonly Buffer[]) {
    for (const pattern of patterns) this.#add(pattern);
    for (const [byte, child] of this.#children(0)) this.#root[byte] = child;
    const states = this.depth.length;
    this.fail = new Int32Array(states);
    this.matched = new Int32Array(states);
    this.open = new Int32Array(states);
    this.shortestAhead = new Int32Array(states);
    this.#link();
  }

  /** The state after one more byte. */
  step(state: number, byte: number): number {
    let current = state;
    while (current !== 0) {
      const child = this.#child(current, byte);
      if (child !== 0) return child;
      current = this.fail[current]!;
    }
    return this.#root[byte]!;
  }

  #child(state: number, byte: number): number {
    const only = this.#onlyByte[state]!;
    if (only >= 0) return only === byte ? this.#onlyChild[state]! : 0;
    return this.#tables.get(state)?.[byte] ?? 0;
  }

  #add(pattern: Buffer): void {
    let state = 0;
    for (const byte of pattern) state = this.#child(state, byte) || this.#addChild(state, byte);
    this.#terminal[state] = true;
  }

  #addChild(parent: number, byte: number): number {
    const child = this.depth.length;
    this.depth.push(this.depth[parent]! + 1);
    this.#terminal.push(false);
    this.#onlyByte.push(-1);
    this.#onlyChild.push(0);
    this.#attach(parent, byte, child);
    return child;
  }

  #attach(parent: number, byte: number, child: number): void {
    const only = this.#onlyByte[parent]!;
    const table = this.#tables.get(parent);
    if (table !== undefined) {
      table[byte] = child;
    } else if (only < 0) {
      this.#onlyByte[parent] = byte;
      this.#onlyChild[parent] = child;
    } else {
      const grown = new Int32Array(256);
      grown[only] = this.#onlyChild[parent]!;
      grown[byte] = child;
      this.#tables.set(parent, grown);
      this.#onlyByte[parent] = -1;
    }
  }

  #children(state: number): [byte: number, child: number][] {
    const only = this.#onlyByte[state]!;
    if (only >= 0) return [[only, this.#onlyChild[state]!]];
    const table = this.#tables.get(state);
    return table === undefined ? [] : [...table.entries()].filter(([, child]) => child !== 0);
  }

  /** Level by level, so that what a state takes over from its suffix is there already. */
  #link(): void {
    const order = [0];
    for (const state of order) {
      for (const [byte, child] of this.#children(state)) {
        this.fail[child] = state === 0 ? 0 : this.step(this.fail[state]!, byte);
        order.push(child);
      }
      this.#inherit(state);
    }
    for (const state of order.toReversed()) this.#lookAhead(state);
  }

  #inherit(state: number): void {
    const suffix = this.fail[state]!;
    const hasChildren = this.#onlyByte[state]! >= 0 || this.#tables.has(state);
    this.matched[state] = this.#terminal[state] ? this.depth[state]! : this.matched[suffix]!;
    this.open[state] = hasChildren ? this.depth[state]! : this.open[suffix]!;
  }

  #lookAhead(state: number): void {
    const lengths = this.#children(state).map(([, child]) =>
      this.#terminal[child] ? this.depth[child]! : this.shortestAhead[child]!,
    );
    this.shortestAhead[state] = lengths.length === 0 ? 0 : Math.min(...lengths);
  }
}
