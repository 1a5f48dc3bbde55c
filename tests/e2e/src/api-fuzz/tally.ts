/** How many requests were made from each operation, and how they were answered. */
export class Tally {
  requests = 0;
  readonly #counts = new Map<string, Map<number | 'none', number>>();

  count(operationId: string, status: number | 'none'): void {
    this.requests += 1;
    for (const name of [operationId, 'all']) {
      const counts = this.#counts.get(name) ?? new Map<number | 'none', number>();
      this.#counts.set(name, counts.set(status, (counts.get(status) ?? 0) + 1));
    }
  }

  describe(): string {
    const lines = [...this.#counts].map(([name, counts]) => {
      const shown = [...counts].toSorted(([a], [b]) => Number(a) - Number(b));
      return `${name}: ${shown.map(([status, count]) => `${count} x ${status}`).join(', ')}`;
    });
    return [`${this.requests} requests`, ...lines].join('\n');
  }
}
