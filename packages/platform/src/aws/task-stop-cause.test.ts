import type { TaskStopCode } from '@aws-sdk/client-ecs';
import { expect, it } from 'vitest';
import type { StopCause } from '@outpost/contracts';
import { stopCauseOf } from './task-stop-cause.js';

type Case = readonly [
  cause: StopCause | undefined,
  stopCode: TaskStopCode | undefined,
  stoppedReason: string | undefined,
  containerReason?: string,
];

const ESSENTIAL = 'Essential container in task exited';
const REGISTRY_AUTH = 'ResourceInitializationError: unable to pull secrets or registry auth:';

const CASES: readonly Case[] = [
  [undefined, undefined, undefined],
  [undefined, 'EssentialContainerExited', ESSENTIAL],
  [undefined, 'UserInitiated', 'Outpost asked the worker to end.'],
  [undefined, 'TaskFailedToStart', 'Timeout waiting for network interface provisioning to complete.'],
  [undefined, 'TaskFailedToStart', 'Task failed to start', 'CannotStartContainerError: exec format error'],
  [
    undefined,
    'TaskFailedToStart',
    `${REGISTRY_AUTH} execution resource retrieval failed: unable to retrieve secret from asm: service call has been retried 1 time(s)`,
  ],
  [
    undefined,
    'TaskFailedToStart',
    `${REGISTRY_AUTH} execution resource retrieval failed: unable to retrieve secrets from ssm: service call has been retried 1 time(s)`,
  ],
  [
    undefined,
    'TaskFailedToStart',
    'ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes: stderr: Failed to resolve "fs-1.efs.us-east-1.amazonaws.com"',
  ],
  [
    'out_of_memory',
    'EssentialContainerExited',
    ESSENTIAL,
    'OutOfMemoryError: Container killed due to memory usage',
  ],
  ['out_of_memory', undefined, 'OutOfMemoryError: Container killed due to memory usage'],
  [
    'out_of_memory',
    'TaskFailedToStart',
    'Task failed to start',
    'CannotStartContainerError: OCI runtime create failed: container init was OOM-killed (memory limit too low?): unknown',
  ],
  ['spot_interrupted', 'SpotInterruption', 'Your Spot Task was interrupted.'],
  ['spot_interrupted', 'TerminationNotice', undefined],
  ['spot_interrupted', undefined, 'Your Spot Task was interrupted.'],
  [
    'image_unavailable',
    'TaskFailedToStart',
    'CannotPullContainerError: Error response from daemon: pull access denied for outpost/claude, repository does not exist',
  ],
  [
    'image_unavailable',
    'TaskFailedToStart',
    'Task failed to start',
    'CannotPullContainerError: inspect image has been retried 5 time(s): failed to resolve reference: i/o timeout',
  ],
  ['image_unavailable', 'TaskFailedToStart', 'CannotPullECRContainerError: AccessDeniedException'],
  [
    'image_unavailable',
    'TaskFailedToStart',
    'CannotPullImageManifestError: Error response from daemon: manifest unknown',
  ],
  ['image_unavailable', 'TaskFailedToStart', `${REGISTRY_AUTH} pull command failed: : signal: killed`],
  [
    'image_unavailable',
    'TaskFailedToStart',
    `${REGISTRY_AUTH} execution resource retrieval failed: unable to retrieve ecr registry auth: service call has been retried 3 time(s): dial tcp 52.1.1.1:443: i/o timeout`,
  ],
  [
    'capacity_unavailable',
    'TaskFailedToStart',
    'Capacity is unavailable at this time. Please try again later or in a different availability zone',
  ],
  ['capacity_unavailable', undefined, 'RESOURCE:MEMORY'],
  [
    'capacity_unavailable',
    'TaskFailedToStart',
    'Unexpected EC2 error while attempting to Create Network Interface: InsufficientFreeAddressesInSubnet',
  ],
];

for (const [cause, stopCode, stoppedReason, reason] of CASES) {
  it(`${cause}: ${stopCode}, ${stoppedReason}, ${reason}`, () => {
    expect(stopCauseOf({ stopCode, stoppedReason }, { reason })).toBe(cause);
  });
}

it('says nothing of a container that was killed without a reason', () => {
  const task = { stopCode: 'EssentialContainerExited', stoppedReason: ESSENTIAL } as const;
  expect(stopCauseOf(task, {})).toBeUndefined();
  expect(stopCauseOf(task)).toBeUndefined();
});
