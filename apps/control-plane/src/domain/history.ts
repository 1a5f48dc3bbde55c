import { isTerminal, type DispatchRecord } from '@outpost/contracts';

/** How the last runs of an agent went. */
export interface History {
  /** From 0 to 1; null without any that has ended. */
  readonly successRate: number | null;
  /** Of those that completed, from their start; null without any. */
  readonly p50DurationMs: number | null;
  readonly p95DurationMs: number | null;
}

export function historyOf(records: readonly DispatchRecord[]): History {
  const told = records.filter(tellsOfItsAgent);
  const completed = told.filter(({ status }) => status === 'COMPLETED');
  const durations = completed
    .map(durationOf)
    .filter((duration) => duration !== undefined)
    .toSorted((a, b) => a - b);
  return {
    successRate: told.length === 0 ? null : completed.length / told.length,
    p50DurationMs: percentile(durations, 0.5),
    p95DurationMs: percentile(durations, 0.95),
  };
}

/** Whether it has ended, and not because somebody cancelled it. */
export function tellsOfItsAgent({ status }: DispatchRecord): boolean {
  return isTerminal(status) && status !== 'CANCELLED';
}

function durationOf(record: DispatchRecord): number | undefined {
  if (!('completedAt' in record) || record.startedAt === undefined) return undefined;
  return Math.max(0, Date.parse(record.completedAt) - Date.parse(record.startedAt));
}

/** Nearest rank. */
function percentile(sorted: readonly number[], fraction: number): number | null {
  return sorted[Math.max(0, Math.ceil(sorted.length * fraction) - 1)] ?? null;
}
