/** For programs that run a worker inside their own process, such as simulations. */
export { openPlace, type Place } from './compose.js';
export { readConfig, type WorkerConfig } from './config.js';
export { runDispatch, type WorkerExitCode } from './run-dispatch.js';
export { stopOnRequest } from './stop-on-request.js';
export { StopSignal, type StopReason } from './stop-signal.js';
export { workLoop, type WorkLoopOptions } from './work-loop.js';
export {
  AWS_WORKER_LIMITS,
  WORKER_LIMITS,
  type RunConfig,
  type Worker,
  type WorkerLimits,
} from './worker.js';
