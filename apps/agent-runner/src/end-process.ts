import { hasAbandonedWork } from './abandoned-work.js';

/**
 * Ends this process, whatever is under way. A usual exit waits for the threads of Node, and one of them may wait for a
 * disk that does not answer: with work left behind only a kill is certain. All that counts has been reported by then.
 */
export function endProcess(exitCode: number): void {
  if (hasAbandonedWork()) process.kill(process.pid, 'SIGKILL');
  process.exit(exitCode);
}
