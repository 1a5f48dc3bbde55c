import type { Container, Task } from '@aws-sdk/client-ecs';
import type { TaskDescription } from '../ports/index.js';
import { stopCauseOf } from './task-stop-cause.js';

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html */
const STATES: Readonly<Record<string, TaskDescription['state']>> = {
  PROVISIONING: 'STARTING',
  PENDING: 'STARTING',
  ACTIVATING: 'STARTING',
  RUNNING: 'RUNNING',
  DEACTIVATING: 'RUNNING',
  STOPPING: 'RUNNING',
  // Its containers have ended: only its network interface is still there.
  DEPROVISIONING: 'STOPPED',
  STOPPED: 'STOPPED',
  DELETED: 'STOPPED',
};

/** What ECS tells of a task, in the words of the port. */
export function describeTask(task: Task & { readonly taskArn: string }, container: string): TaskDescription {
  const { taskArn, lastStatus = '', containers = [] } = task;
  // A status that is not known here is not an end: whether the worker lives, its heart tells.
  const state = STATES[lastStatus] ?? 'RUNNING';
  if (state !== 'STOPPED') return { taskArn, state };
  const worker = containers.find(({ name }) => name === container);
  return {
    taskArn,
    state,
    exitCode: worker?.exitCode,
    stoppedReason: reasonOf(task, worker),
    stopCause: stopCauseOf(task, worker),
  };
}

function reasonOf(task: Task, worker: Container | undefined): string | undefined {
  const exit = worker?.exitCode === undefined ? undefined : `exit code ${worker.exitCode}`;
  const texts = [task.stoppedReason, worker?.reason, exit].filter((text) => text !== undefined);
  return texts.length === 0 ? undefined : [...new Set(texts)].join('; ');
}
