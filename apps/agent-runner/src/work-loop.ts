import type { Assignment } from '@outpost/platform';
import type { Logger } from 'pino';
import { join } from 'node:path';
import { hasAbandonedWork } from './abandoned-work.js';
import { CleanSlate } from './clean-slate.js';
import type { Place } from './compose.js';
import type { WorkerConfig } from './config.js';
import type { WorkerExitCode } from './dispatch-run.js';
import { readOomKills } from './process/index.js';
import { runDispatch } from './run-dispatch.js';
import { stopOnRequest } from './stop-on-request.js';
import { StopSignal } from './stop-signal.js';
import { withinLimit } from './time-limit.js';
import type { Worker } from './worker.js';

const WIPE_TIMEOUT_MS = 30_000;

export interface WorkLoopOptions {
  readonly place: Place;
  readonly config: Pick<
    WorkerConfig,
    'start' | 'dataDir' | 'path' | 'network' | 'remotes' | 'repositoryLimits' | 'agentBaseUrls' | 'sandbox'
  >;
  readonly logger: Logger;
  /** Asks the worker to end, as on SIGTERM: its run is stopped, and no other follows. */
  readonly signal: AbortSignal;
  /** How long nobody may have anything for it, nor retire it. */
  readonly maxIdleMs: number;
}

/**
 * Runs what the worker is assigned, one dispatch after another, until there is none to come. Resolves with the exit
 * code of the last. Rejects when an end could not be written, or an assignment not be read.
 */
export async function workLoop(options: WorkLoopOptions): Promise<WorkerExitCode> {
  let exitCode: WorkerExitCode = 0;
  for (;;) {
    const assignment = await nextAssignment(options);
    if (assignment === undefined) return exitCode;
    const slate = new CleanSlate(options.place);
    exitCode = await runAssignment(options, assignment, slate);
    // What was left behind may still write, when its disk answers again.
    if (hasAbandonedWork()) return exitCode;
    if (options.config.start.kind === 'warm' && !(await isReady(options, assignment, slate))) return exitCode;
  }
}

/** Whether another dispatch may follow. */
async function isReady(
  { place, logger }: WorkLoopOptions,
  assignment: Assignment,
  slate: CleanSlate,
): Promise<boolean> {
  if (!slate.isUsed) return true;
  // The next attempt may be at work in the same place: nothing there is this worker's to delete, nor to end.
  return (await isOwn(place, assignment, logger)) && (await isWiped(slate, assignment, logger));
}

/** Whether the dispatch was this worker's to its end. */
async function isOwn(
  { platform, taskArn }: Place,
  { tenantId, dispatchId }: Assignment,
  logger: Logger,
): Promise<boolean> {
  try {
    const record = await platform.dispatches.get({ tenantId, dispatchId });
    return record !== undefined && 'taskArn' in record && record.taskArn === taskArn;
  } catch (error) {
    logger.warn({ err: error, dispatchId }, 'whose the dispatch is cannot be read: the worker ends');
    return false;
  }
}

async function nextAssignment(options: WorkLoopOptions): Promise<Assignment | undefined> {
  const idleTooLong = new AbortController();
  const timer = setTimeout(() => idleTooLong.abort(), options.maxIdleMs);
  try {
    const signal = AbortSignal.any([options.signal, idleTooLong.signal]);
    return await options.place.platform.assignments.next({ signal });
  } finally {
    clearTimeout(timer);
  }
}

async function runAssignment(
  { place, config, logger, signal }: WorkLoopOptions,
  { secrets, ...key }: Assignment,
  slate: CleanSlate,
): Promise<WorkerExitCode> {
  const { dataDir, path, network, remotes, repositoryLimits, agentBaseUrls, sandbox: admitted } = config;
  const worker: Worker = {
    config: {
      path,
      network,
      remotes,
      repositoryLimits,
      agentBaseUrls,
      admitted,
      sandboxes: place.sandboxes,
      mirrorsDir: join(dataDir, 'mirrors', key.tenantId),
    },
    platform: { ...place.platform, secrets, mounts: slate.mounts },
    key,
    taskArn: place.taskArn,
    clock: place.clock,
    logger: config.start.kind === 'warm' ? logger.child(key) : logger,
    stop: new StopSignal(),
    limits: place.limits,
    oomKills: readOomKills,
  };
  const stop = (): void => void stopOnRequest(worker);
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    return await runDispatch(worker);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** A worker that cannot be wiped must not get another dispatch, nor wait for ever for a disk that does not answer. */
async function isWiped(slate: CleanSlate, { dispatchId }: Assignment, logger: Logger): Promise<boolean> {
  const limit = { name: 'wipe', limitMs: WIPE_TIMEOUT_MS, settleMs: 0, signal: new AbortController().signal };
  try {
    await withinLimit(limit, () => slate.wipe(dispatchId));
    return true;
  } catch (error) {
    logger.error({ err: error, dispatchId }, 'something of the dispatch is left: the worker ends');
    return false;
  }
}
