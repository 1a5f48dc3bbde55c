/** A stretch of a text that must not leave. Offsets are absolute. */
export interface Interval {
  readonly start: number;
  readonly end: number;
  /** Its mark has been written already: it reaches over from what has left. */
  readonly marked: boolean;
}

/** Joins those that overlap: one mark each, however many forms of however many secrets overlap. Sorted by start. */
export function union(intervals: readonly Interval[]): Interval[] {
  const joined: Interval[] = [];
  for (const next of intervals.toSorted((a, b) => a.start - b.start || Number(b.marked) - Number(a.marked))) {
    const last = joined.at(-1);
    if (last === undefined || next.start >= last.end) joined.push(next);
    else joined[joined.length - 1] = { ...last, end: Math.max(last.end, next.end) };
  }
  return joined;
}

/** Collects matches, which come ordered by their end; joins on the way, so that a flood of them stays small. */
export function addMatch(intervals: Interval[], start: number, end: number): void {
  const last = intervals.at(-1);
  if (last === undefined || start >= last.end || end < last.end)
    intervals.push({ start, end, marked: false });
  else intervals[intervals.length - 1] = { start: Math.min(start, last.start), end, marked: last.marked };
}
