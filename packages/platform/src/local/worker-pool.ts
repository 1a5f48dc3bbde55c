import { checkedSegment } from '../files/segments.js';
import { timestamp, type Clock, type SecretStore, type WorkerPool } from '../ports/index.js';
import type { Database } from './database.js';
import { readDelivery } from './delivered-secrets.js';
import { startFailure, taskArnOf, type TaskProcesses } from './task-processes.js';
import { writeLine } from './worker-process.js';
import { createWorkerTable } from './worker-table.js';

export interface LocalWorkerPoolOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly secrets: SecretStore;
  readonly processes: TaskProcesses;
}

/**
 * Warm workers as child processes. The row is what counts; the assignment with its secrets follows on the worker's
 * stdin, which only the process that started it has: a worker does not outlive that for longer than one dispatch.
 */
export function createLocalWorkerPool({
  database,
  clock,
  secrets,
  processes,
}: LocalWorkerPoolOptions): WorkerPool {
  const table = createWorkerTable(database);
  const abandon = (workerId: string): false => {
    table.moveToStopping({ workerId, at: timestamp(clock), evenIfBusy: true });
    return false;
  };
  return {
    async start({ workerId, agent, tier }) {
      const token = tokenOf(workerId);
      table.add({ workerId, agent, tier, at: timestamp(clock) });
      try {
        const task = { clientToken: token, tenantId: '', dispatchId: token, workerId };
        const { taskArn } = await processes.start({ ...task, variables: { OUTPOST_WORKER_ID: workerId } });
        table.noteTask(workerId, taskArn);
      } catch (error) {
        // A worker without a row ends as soon as it wants to say that it is idle.
        table.remove(workerId);
        throw error;
      }
    },
    list: async () => table.list(),
    async assign({ workerId, ...params }) {
      const taskArn = taskArnOf(tokenOf(workerId));
      const input = processes.inputOf(taskArn);
      if (input === undefined) return !processes.isOfAnother(taskArn) && abandon(workerId);
      const line = await readDelivery(secrets, params).catch((error: unknown) => {
        throw startFailure(error);
      });
      if (!table.moveToBusy({ workerId, ...params, at: timestamp(clock) })) return false;
      return (await writeLine(input, line)) || abandon(workerId);
    },
    async retire({ workerId }) {
      if (!table.moveToStopping({ workerId, at: timestamp(clock), evenIfBusy: false })) return false;
      processes.stop(taskArnOf(tokenOf(workerId)));
      return true;
    },
    remove: async ({ workerId }) => table.remove(workerId),
  };
}

/** Also what stands for its dispatch in task and log before it has one. */
function tokenOf(workerId: string): string {
  return `worker-${checkedSegment('workerId', workerId)}`;
}
