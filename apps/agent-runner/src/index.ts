/** For programs that run a worker inside their own process, such as simulations. */
export { readConfig, type WorkerConfig } from './config.js';
export { runDispatch, type WorkerExitCode } from './run-dispatch.js';
export { stopOnRequest } from './stop-on-request.js';
export { StopSignal, type StopReason } from './stop-signal.js';
export { AWS_WORKER_LIMITS, WORKER_LIMITS, type Worker, type WorkerLimits } from './worker.js';
