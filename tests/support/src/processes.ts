import { agentProcessesOf } from '@outpost/platform/process';

/** Live processes that the agent of a dispatch started, daemonised or not. */
export function agentProcesses(dispatchId: string): number[] {
  return agentProcessesOf({ dispatchId }).map(({ pid }) => pid);
}
