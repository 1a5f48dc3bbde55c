import { OutpostError, type DispatchRecord, type LogLine } from '@outpost/contracts';
import type { DispatchStore, LogReader } from '@outpost/platform';

const AT = '2026-11-23T12:00:00.000Z';

/** A dispatch and its log in memory, which a test leads: it says how reads go and when pauses end. */
export interface ScriptedLog {
  readonly dispatches: DispatchStore;
  readonly logs: LogReader;
  readonly pause: (signal: AbortSignal) => Promise<void>;
  /** Reads so far, by the cursor that they began at. */
  readonly reads: readonly number[];
  /** Those who wait for the next look. */
  readonly pauses: ReadonlySet<() => void>;
  append(...texts: string[]): void;
  /** The dispatch is over. */
  end(): void;
  /** All who pause look again. */
  tick(): void;
}

export interface ScriptedReads {
  /** Lines that the next read answers; as many as were asked for without. */
  readonly pageLines?: () => number;
  /** What happens before a read answers: a delay, or a failure. */
  readonly beforeRead?: () => Promise<void>;
}

/** The log of dispatch `d` of tenant `acme`. A cursor is the number of lines before it. */
export function scriptedLog({
  pageLines = () => Number.POSITIVE_INFINITY,
  beforeRead = async () => {},
}: ScriptedReads = {}): ScriptedLog {
  const lines: LogLine[] = [];
  const reads: number[] = [];
  const pauses = new Set<() => void>();
  let status: DispatchRecord['status'] = 'RUNNING';
  const read: LogReader['read'] = async ({ cursor = '0', limit }) => {
    const from = Number(cursor);
    reads.push(from);
    await beforeRead();
    if (!(from <= lines.length)) throw new OutpostError('VALIDATION_ERROR', 'The cursor is wrong.');
    const page = lines.slice(from, from + Math.max(1, Math.min(limit, pageLines())));
    const entries = page.map((line, index) => ({ line, cursor: String(from + index + 1) }));
    const end = from + entries.length;
    return { entries, nextCursor: String(end), atEnd: end === lines.length };
  };
  const get = async ({ tenantId, dispatchId }: { tenantId: string; dispatchId: string }) =>
    tenantId === 'acme' && dispatchId === 'd'
      ? ({ tenantId, dispatchId, status } as DispatchRecord)
      : undefined;
  return {
    dispatches: { get } as Pick<DispatchStore, 'get'> as DispatchStore,
    logs: { read, tail: async () => [], remove: async () => undefined },
    reads,
    pauses,
    async pause(signal) {
      await new Promise<void>((resolve) => {
        const done = (): void => {
          pauses.delete(done);
          resolve();
        };
        pauses.add(done);
        signal.addEventListener('abort', done);
        if (signal.aborted) done();
      });
    },
    append: (...texts) => void lines.push(...texts.map((text) => ({ at: AT, kind: 'text' as const, text }))),
    end() {
      status = 'COMPLETED';
    },
    tick() {
      for (const done of pauses) done();
    },
  };
}
