/** One of them, counted round; undefined when there is none. */
export function pick<T>(from: readonly T[], which: number): T | undefined {
  return from[which % from.length];
}
