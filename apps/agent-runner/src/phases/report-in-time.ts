import { OutpostError, type RecordIn } from '@outpost/contracts';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RecordKeeper } from '../worker.js';
import { report, type End } from './report.js';

const PAUSE_MS = 500;

/** Reports; while the store does not answer, again and again until the signal aborts. Nobody else knows how it ended. */
export async function reportInTime(
  worker: RecordKeeper,
  record: RecordIn<'RUNNING'>,
  end: End,
  signal: AbortSignal,
): Promise<Awaited<ReturnType<typeof report>>> {
  for (;;) {
    try {
      return await report(worker, record, end);
    } catch (error) {
      worker.logger.warn({ err: error }, 'the end could not be written');
      if (!(error instanceof OutpostError) || error.code !== 'SERVICE_UNAVAILABLE') throw error;
    }
    await sleep(PAUSE_MS, undefined, { signal });
  }
}
