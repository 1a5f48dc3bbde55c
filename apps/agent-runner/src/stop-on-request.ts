import { isCancelRequested } from '@outpost/contracts';
import type { Worker } from './worker.js';

/** Ends the run, as on SIGTERM. A signal alone does not say why: the record does. */
export async function stopOnRequest({ platform, key, stop, logger }: Worker): Promise<void> {
  const record = await platform.dispatches.get(key).catch((error: unknown) => {
    logger.warn({ err: error }, 'the reason of the stop cannot be read');
    return undefined;
  });
  stop.stop(record !== undefined && isCancelRequested(record) ? 'cancelled' : 'terminated');
}
