import type { AgentName, TierName } from '@outpost/contracts';
import type { SecretReference } from './secret-store.js';

export interface LaunchTaskParams {
  /** A repeat with the same token never starts a second task. */
  readonly clientToken: string;
  readonly tenantId: string;
  readonly dispatchId: string;
  readonly agent: AgentName;
  readonly tier: TierName;
  /** References only: the worker reads the values with its own rights. */
  readonly secrets: readonly SecretReference[];
}

export interface TaskDescription {
  readonly taskArn: string;
  readonly state: 'STARTING' | 'RUNNING' | 'STOPPED' | 'MISSING';
  /** Of a stopped task, where it is known. */
  readonly exitCode?: number | undefined;
  /** For a person, where it is known: `killed by SIGKILL`. */
  readonly stoppedReason?: string | undefined;
}

/** Starts and stops workers: child processes here, ECS tasks on AWS. */
export interface TaskRunner {
  /** Rejects with SERVICE_UNAVAILABLE when no worker could be started. */
  launch(params: LaunchTaskParams): Promise<{ readonly taskArn: string }>;
  /** Asks the worker to end (SIGTERM), and ends it with all that it started when it does not. Idempotent; resolves once asked. */
  stop(params: { readonly taskArn: string }): Promise<void>;
  describe(params: { readonly taskArns: readonly string[] }): Promise<readonly TaskDescription[]>;
  /** Called after a task of this instance has stopped: a hint to look sooner, never the only way to know. */
  onStopped(listener: (taskArn: string) => void): void;
}
