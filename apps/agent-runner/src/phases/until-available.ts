import { OutpostError } from '@outpost/contracts';
import type { Logger } from 'pino';
import { setTimeout as sleep } from 'node:timers/promises';

const PAUSE_MS = 500;

interface Patience {
  readonly logger: Logger;
  /** Ends it, as the limit of the phase does. */
  readonly signal: AbortSignal;
}

/** Asks the store again and again while it does not answer: an outage of seconds is no end of a dispatch. */
export async function untilAvailable<T>({ logger, signal }: Patience, ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof OutpostError) || error.code !== 'SERVICE_UNAVAILABLE') throw error;
      logger.warn({ err: error }, 'the store does not answer');
    }
    await sleep(PAUSE_MS, undefined, { signal });
  }
}
