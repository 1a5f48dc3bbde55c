import type { WorkerPlatform } from '@outpost/platform';
import { pino, type Logger } from 'pino';
import { openPlace } from './compose.js';
import { readConfig } from './config.js';
import { endProcess } from './end-process.js';
import { withinLimit } from './time-limit.js';
import { workLoop } from './work-loop.js';

/** Set-up failed, or an end could not be written: the reconciler takes over. */
const EXIT_SETUP_FAILED = 125;
/** A warm worker that the control plane has forgotten. */
const MAX_IDLE_MS = 3_600_000;
const CLOSE_TIMEOUT_MS = 5_000;

async function main(): Promise<number> {
  // What is written here is for this user alone, or for the one that it is given to.
  process.umask(0o077);
  const config = readConfig();
  const { kind: _, ...ids } = config.start;
  // Not to stdout: that is where the lines of the run go in aws mode.
  const stderr = pino.destination({ fd: 2, sync: true });
  const logger = pino({ level: config.logLevel }, stderr).child(ids);
  const ending = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => ending.abort());
  try {
    const place = await openPlace({ config, stdin: process.stdin, stdout: process.stdout });
    try {
      return await workLoop({ place, config, logger, signal: ending.signal, maxIdleMs: MAX_IDLE_MS });
    } finally {
      await closeInTime(place.platform, logger);
    }
  } catch (error) {
    logger.error({ err: error }, 'the worker failed');
    return EXIT_SETUP_FAILED;
  }
}

/** All that counts is stored by now: a platform that does not close is left as it is. */
async function closeInTime(platform: WorkerPlatform, logger: Logger): Promise<void> {
  const { signal } = new AbortController();
  const limit = { name: 'close', limitMs: CLOSE_TIMEOUT_MS, settleMs: 0, signal };
  await withinLimit(limit, () => platform.close()).catch((error: unknown) =>
    logger.warn({ err: error }, 'the platform did not close'),
  );
}

endProcess(await main());
