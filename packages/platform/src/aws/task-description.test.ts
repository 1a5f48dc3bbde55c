import type { Container } from '@aws-sdk/client-ecs';
import { expect, it } from 'vitest';
import { describeTask } from './task-description.js';

const taskArn = 'arn:aws:ecs:us-east-1:123456789012:task/outpost/1';

it.each([
  ['PROVISIONING', 'STARTING'],
  ['PENDING', 'STARTING'],
  ['ACTIVATING', 'STARTING'],
  ['RUNNING', 'RUNNING'],
  ['DEACTIVATING', 'RUNNING'],
  ['STOPPING', 'RUNNING'],
  ['DEPROVISIONING', 'STOPPED'],
  ['STOPPED', 'STOPPED'],
  ['DELETED', 'STOPPED'],
  ['SOMETHING_NEW', 'RUNNING'],
])('%s is %s', (lastStatus, state) => {
  expect(describeTask({ taskArn, lastStatus }, 'worker')).toMatchObject({ taskArn, state });
});

it('reads how the worker ended from its own container', () => {
  const containers: Container[] = [
    { name: 'sidecar', exitCode: 1, reason: 'lost' },
    { name: 'worker', exitCode: 3 },
  ];
  const task = {
    taskArn,
    lastStatus: 'STOPPED',
    stoppedReason: 'Essential container in task exited',
    containers,
  };
  expect(describeTask(task, 'worker')).toEqual({
    taskArn,
    state: 'STOPPED',
    exitCode: 3,
    stoppedReason: 'Essential container in task exited; exit code 3',
    stopCause: undefined,
  });
});

it('says once what ECS says of both the task and its container', () => {
  const reason = 'CannotPullContainerError: not found';
  const containers = [{ name: 'worker', reason }];
  const task = { taskArn, lastStatus: 'STOPPED', stoppedReason: reason, containers };
  expect(describeTask(task, 'worker').stoppedReason).toBe(reason);
});

it('gives no reason where ECS gave none', () => {
  expect(describeTask({ taskArn, lastStatus: 'STOPPED' }, 'worker').stoppedReason).toBeUndefined();
});
