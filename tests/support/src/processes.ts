import { agentProcessesOf } from '@outpost/platform/process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const WORKER = fileURLToPath(import.meta.resolve('@outpost/agent-runner/main'));

/** Live processes that the agent of a dispatch started, daemonised or not. */
export function agentProcesses(dispatchId: string): number[] {
  return agentProcessesOf({ dispatchId }).map(({ pid }) => pid);
}

/** Live workers whose data is below this directory, by their pids. Linux only: elsewhere there are none to be seen. */
export function workerProcesses(directory: string): number[] {
  if (process.platform !== 'linux') return [];
  const pids = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => entriesOf(pid, 'cmdline').includes(WORKER))
    .filter((pid) =>
      entriesOf(pid, 'environ').some((entry) => entry.startsWith(`OUTPOST_DATA_DIR=${directory}`)),
    );
  // A process that a worker starts looks like the worker until it is another program.
  return pids.filter((pid) => !pids.includes(parentOf(pid))).map(Number);
}

function parentOf(pid: string): string {
  const status = entriesOf(pid, 'status').join();
  return /^PPid:\s*(\d+)$/m.exec(status)?.[1] ?? '';
}

/** A process may end meanwhile. */
function entriesOf(pid: string, file: 'cmdline' | 'environ' | 'status'): string[] {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8').split('\0');
  } catch {
    return [];
  }
}
