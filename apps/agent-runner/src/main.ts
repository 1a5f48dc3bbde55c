import { pino } from 'pino';
import { createWorker } from './compose.js';
import { readConfig } from './config.js';
import { runDispatch } from './run-dispatch.js';
import { stopOnRequest } from './stop-on-request.js';

/** Set-up failed, or the end could not be written: the reconciler takes over. */
const EXIT_SETUP_FAILED = 125;

async function main(): Promise<number> {
  const config = readConfig();
  // Not to stdout: that is where the lines of the run go in aws mode.
  const stderr = pino.destination({ fd: 2, sync: true });
  const logger = pino({ level: config.logLevel }, stderr).child({
    tenantId: config.tenantId,
    dispatchId: config.dispatchId,
  });
  try {
    const worker = await createWorker({ config, logger, stdin: process.stdin, stdout: process.stdout });
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stopOnRequest(worker));
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

process.exitCode = await main();
