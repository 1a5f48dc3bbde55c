import { DispatchRun, type WorkerExitCode } from './dispatch-run.js';
import { Heartbeat } from './heartbeat.js';
import { claim, timingsBefore } from './phases/claim.js';
import { Stages } from './stages.js';
import { Watch } from './watch.js';
import type { Worker } from './worker.js';

/** Takes a dispatch through all its phases to its end. Rejects only when not even that end could be written. */
export async function runDispatch(worker: Worker): Promise<WorkerExitCode> {
  // What was told to end takes nothing on: another worker can still be started for it.
  const record = worker.stop.signal.aborted ? undefined : await claim(worker);
  if (record === undefined) {
    worker.logger.info('the dispatch is not for this worker');
    return 0;
  }
  const { platform, limits, clock } = worker;
  const { dispatches } = platform;
  const heartbeat = new Heartbeat({ ...worker, dispatches, intervalMs: limits.heartbeatIntervalMs });
  const watch = new Watch({ ...worker, dispatches, intervalMs: limits.cancelPollMs });
  const stages = new Stages({
    clock,
    limits,
    before: timingsBefore(record),
    onEnter: (progress) => heartbeat.beat(progress),
  });
  heartbeat.start();
  watch.start();
  const endWatching = (): void => {
    heartbeat.end();
    watch.end();
  };
  try {
    return await new DispatchRun({ worker, record, stages, endWatching }).toItsEnd();
  } finally {
    endWatching();
  }
}
