/** Gives what comes first, in logarithmic time: a binary heap. */
export class PriorityQueue<T> {
  readonly #compare: (a: T, b: T) => number;
  readonly #heap: T[] = [];

  /** `compare` is negative when `a` comes first. */
  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare;
  }

  push(item: T): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(item);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (this.#compare(heap[parent]!, item) <= 0) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = item;
  }

  /** Takes the first out; undefined when there is none. */
  pop(): T | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (heap.length > 0) this.#sink(last!);
    return first;
  }

  #sink(item: T): void {
    const heap = this.#heap;
    let index = 0;
    for (;;) {
      const child = this.#firstChild(index);
      if (child >= heap.length || this.#compare(item, heap[child]!) <= 0) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = item;
  }

  #firstChild(index: number): number {
    const left = 2 * index + 1;
    const right = left + 1;
    const heap = this.#heap;
    return right < heap.length && this.#compare(heap[right]!, heap[left]!) < 0 ? right : left;
  }
}
