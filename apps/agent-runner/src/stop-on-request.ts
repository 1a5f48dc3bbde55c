import { isCancelRequested } from '@outpost/contracts';
import type { Worker } from './worker.js';

/** Ends the run, as on SIGTERM. The signal alone does not say why; when the record does, the end is hastened. */
export async function stopOnRequest({ platform, key, stop, logger }: Worker): Promise<void> {
  stop.stop('terminated');
  try {
    const record = await platform.dispatches.get(key);
    if (record !== undefined && isCancelRequested(record)) stop.stop('cancelled');
  } catch (error) {
    logger.warn({ err: error }, 'the reason of the stop cannot be read');
  }
}
