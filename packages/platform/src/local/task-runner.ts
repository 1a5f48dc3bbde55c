import { checkedSegment } from '../files/segments.js';
import type { SecretStore, TaskRunner } from '../ports/index.js';
import { readDelivery } from './delivered-secrets.js';
import { startFailure, type TaskProcesses } from './task-processes.js';

export interface LocalTaskRunnerOptions {
  readonly processes: TaskProcesses;
  readonly secrets: SecretStore;
}

/** Runs the worker of each dispatch as a child process, which gets its secrets on stdin. */
export function createLocalTaskRunner({ processes, secrets }: LocalTaskRunnerOptions): TaskRunner {
  return {
    async launch(params) {
      const { clientToken } = params;
      const tenantId = checkedSegment('tenantId', params.tenantId);
      const dispatchId = checkedSegment('dispatchId', params.dispatchId);
      const variables = { OUTPOST_TENANT_ID: tenantId, OUTPOST_DISPATCH_ID: dispatchId };
      const stdin = await readDelivery(secrets, params).catch((error: unknown) => {
        throw startFailure(error);
      });
      return processes.start({ clientToken, tenantId, dispatchId, workerId: null, variables, stdin });
    },
    stop: async ({ taskArn }) => processes.stop(taskArn),
    describe: async ({ taskArns }) => Promise.all(taskArns.map((taskArn) => processes.describe(taskArn))),
    async listLive() {
      const rows = await processes.live();
      return rows.map(({ taskArn, tenantId, dispatchId, launchedAtMs }) => ({
        taskArn,
        tenantId,
        dispatchId,
        launchedAt: new Date(launchedAtMs).toISOString(),
      }));
    },
    onStopped: (listener) => processes.onStopped(listener),
  };
}
