import type { Logger } from 'pino';

/** Takes a step that may fail without keeping others from being taken; what goes wrong is logged. True: it was taken. */
export async function attempt(logger: Logger, step: string, run: () => Promise<void>): Promise<boolean> {
  try {
    await run();
    return true;
  } catch (error) {
    logger.error({ err: error, step }, 'step failed; the next round tries again');
    return false;
  }
}
