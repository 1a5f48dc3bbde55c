/** For programs that run a worker inside their own process, such as simulations. */
export { openPlace, type Place } from './compose.js';
export { readConfig, type WorkerConfig } from './config.js';
export { concludeStop } from './conclusion.js';
export type { WorkerExitCode } from './dispatch-run.js';
export { Heartbeat } from './heartbeat.js';
export { claim } from './phases/claim.js';
export { report, type End } from './phases/report.js';
export { createRedactor } from './redaction/index.js';
export { runDispatch } from './run-dispatch.js';
export { stopOnRequest } from './stop-on-request.js';
export { StopSignal, type StopReason } from './stop-signal.js';
export { workLoop, type WorkLoopOptions } from './work-loop.js';
export type { RecordKeeper, RunConfig, Worker } from './worker.js';
export {
  AWS_WORKER_LIMITS,
  agentEndMs,
  cancellationMs,
  overheadMs,
  WORKER_LIMITS,
  type WorkerLimits,
} from './worker-limits.js';
