import { join } from 'node:path';

/** Where a worker that was started for one dispatch writes what is no line of its run. */
export function workerLogPath(dataDir: string, dispatchId: string): string {
  return join(dataDir, 'workers', `${dispatchId}.log`);
}
