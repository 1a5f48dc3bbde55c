/** Counts that all instances add to. */
export interface CounterStore {
  /**
   * Adds to a count, which begins at 0. Resolves with what it has come to. It may be forgotten from `expiresAt` (epoch
   * seconds) on, and begin anew.
   */
  add(params: { readonly name: string; readonly count: number; readonly expiresAt: number }): Promise<number>;
}
