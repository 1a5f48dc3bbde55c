import { isCancelRequested } from '@outpost/contracts';
import { pino } from 'pino';
import { createWorker } from './compose.js';
import { readConfig } from './config.js';
import { runDispatch } from './run-dispatch.js';
import type { Worker } from './worker.js';

/** Set-up failed, or the end could not be written: the reconciler takes over. */
const EXIT_SETUP_FAILED = 125;

async function main(): Promise<number> {
  const config = readConfig();
  const logger = pino({ level: config.logLevel }).child({
    tenantId: config.tenantId,
    dispatchId: config.dispatchId,
  });
  try {
    const worker = await createWorker({ config, logger, stdin: process.stdin, stdout: process.stdout });
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stopFor(worker));
    try {
      return await runDispatch(worker);
    } finally {
      await worker.platform.close();
    }
  } catch (error) {
    logger.error({ err: error }, 'the worker failed');
    return EXIT_SETUP_FAILED;
  }
}

/** A signal alone does not say why: the record does. */
async function stopFor({ platform, key, stop, logger }: Worker): Promise<void> {
  const record = await platform.dispatches.get(key).catch((error: unknown) => {
    logger.warn({ err: error }, 'the reason of the stop cannot be read');
    return undefined;
  });
  stop.stop(record !== undefined && isCancelRequested(record) ? 'cancelled' : 'terminated');
}

process.exitCode = await main();
