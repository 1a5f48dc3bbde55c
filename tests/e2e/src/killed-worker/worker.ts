import { openPlace, readConfig, workLoop } from '@outpost/agent-runner';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';

/** The worker as `main.ts` runs it, but for the time between two checkpoints. Says in `worker.pid` who it is. */
const CHECKPOINT_INTERVAL_MS = 100;

const config = readConfig();
const place = await openPlace({ config, stdin: process.stdin, stdout: process.stdout });
writeFileSync(join(config.dataDir, 'worker.pid'), String(process.pid));
await workLoop({
  place: { ...place, limits: { ...place.limits, checkpointIntervalMs: CHECKPOINT_INTERVAL_MS } },
  config,
  logger: pino({ level: 'silent' }),
  signal: new AbortController().signal,
  maxIdleMs: 60_000,
});
