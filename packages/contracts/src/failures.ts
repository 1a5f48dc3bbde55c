import { z } from 'zod';

/** Why a dispatch did not complete: whether a retry may help, and what a person can do. */
export const FAILURES = {
  launch_failed: {
    retryable: true,
    hint: 'The worker could not be started. Look at the control plane log, then retry.',
  },
  capacity_unavailable: {
    retryable: true,
    hint: 'The platform had no room for another worker. Retry later, or raise its quota.',
  },
  image_unavailable: {
    retryable: false,
    hint: 'The image of this agent could not be pulled. Check that it was pushed and may be read.',
  },
  spot_interrupted: {
    retryable: true,
    hint: 'The platform took the worker back before it was done. Retry.',
  },
  out_of_memory: {
    retryable: true,
    hint: 'The worker ran out of memory. Retry with the next larger tier.',
  },
  worker_lost: {
    retryable: true,
    hint: 'The worker ended without a report. Artifacts hold what it had uploaded. Retry.',
  },
  repository_unreachable: {
    retryable: true,
    hint: 'Check the repository address, the branch and the git credentials.',
  },
  parent_unavailable: {
    retryable: false,
    hint: 'What the parent dispatch left is gone. Dispatch the whole task without parentDispatchId.',
  },
  workspace_failed: {
    retryable: true,
    hint: 'The worker could not prepare its workspace. Check disk space and permissions.',
  },
  workspace_full: {
    retryable: false,
    hint: 'Have the agent write less, raise the quota, or delete the workspace if it is a persistent one.',
  },
  agent_missing: { retryable: false, hint: 'Install the CLI: npm run outpost -- agents install <agent>.' },
  agent_authentication: { retryable: false, hint: 'Check the provider key of this agent.' },
  agent_rate_limited: { retryable: true, hint: 'The provider limits requests for this key. Retry later.' },
  model_unavailable: {
    retryable: true,
    hint: 'The provider refused or failed the request. Check modelId, then retry.',
  },
  agent_incomplete: {
    retryable: true,
    hint: 'The agent ended before it said that it was done. Read output.log, then retry.',
  },
  agent_crashed: { retryable: true, hint: 'The agent CLI failed. Read output.log.' },
  verification_failed: {
    retryable: true,
    hint: 'The agent was done, but the verify command failed. Read verification.outputTail; changes.patch has the work.',
  },
  collect_failed: {
    retryable: true,
    hint: 'The change could not be read from the workspace. Read output.log.',
  },
  upload_failed: {
    retryable: true,
    hint: 'The artifacts could not be stored. Check the artifact store, then retry.',
  },
  phase_timed_out: {
    retryable: true,
    hint: 'A phase of the worker took longer than it may; the message names it. Retry.',
  },
  timed_out: { retryable: true, hint: 'Raise timeoutSeconds, or ask for less in one task.' },
  cancelled: { retryable: true, hint: 'It was cancelled on request.' },
  internal: { retryable: true, hint: 'A fault in Outpost. Look at the worker log.' },
} as const satisfies Record<string, { retryable: boolean; hint: string }>;

export type FailureClass = keyof typeof FAILURES;

/** What a platform can tell of why a worker ended, or never began. */
export type StopCause = Extract<
  FailureClass,
  'out_of_memory' | 'image_unavailable' | 'spot_interrupted' | 'capacity_unavailable'
>;

export const FailureClassSchema = z
  .enum(Object.keys(FAILURES) as [FailureClass, ...FailureClass[]])
  .meta({ id: 'FailureClass' });

export const FailureSchema = z
  .strictObject({
    class: FailureClassSchema,
    retryable: z.boolean(),
    message: z.string(),
    hint: z.string(),
  })
  .meta({ id: 'Failure', description: 'Why a dispatch did not complete.' });
export type Failure = z.infer<typeof FailureSchema>;

export function failure(failureClass: FailureClass, message: string): Failure {
  return { class: failureClass, message, ...FAILURES[failureClass] };
}
