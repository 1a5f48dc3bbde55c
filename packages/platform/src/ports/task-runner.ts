import type { AgentName, StopCause, TierName, WorkspaceMode } from '@outpost/contracts';
import type { SecretReference } from './secret-store.js';

export interface LaunchTaskParams {
  /** A repeat with the same token never starts a second task. */
  readonly clientToken: string;
  readonly tenantId: string;
  readonly dispatchId: string;
  readonly agent: AgentName;
  readonly tier: TierName;
  readonly workspaceId: string;
  readonly workspaceMode: WorkspaceMode;
  /** References only: the worker reads the values with its own rights. */
  readonly secrets: readonly SecretReference[];
}

export interface TaskDescription {
  readonly taskArn: string;
  /** MISSING: not known, or not yet, as a platform may tell of a task a little after it has started it. */
  readonly state: 'STARTING' | 'RUNNING' | 'STOPPED' | 'MISSING';
  /** Of a stopped task, where it is known. */
  readonly exitCode?: number | undefined;
  /** For a person, where it is known: `killed by SIGKILL`. */
  readonly stoppedReason?: string | undefined;
  /** Where the platform can tell. */
  readonly stopCause?: StopCause | undefined;
}

/** A task of a dispatch that is starting or running. */
export interface LiveTask {
  readonly taskArn: string;
  readonly tenantId: string;
  readonly dispatchId: string;
  /** ISO 8601: when it was launched. */
  readonly launchedAt: string;
}

/** Starts and stops workers: child processes here, ECS tasks on AWS. */
export interface TaskRunner {
  /** Rejects with SERVICE_UNAVAILABLE when no worker could be started. */
  launch(params: LaunchTaskParams): Promise<{ readonly taskArn: string }>;
  /** Asks the worker to end (SIGTERM), and ends it with all that it started when it does not. Idempotent; resolves once asked. */
  stop(params: { readonly taskArn: string }): Promise<void>;
  /** One for each ARN, in the order asked. */
  describe(params: { readonly taskArns: readonly string[] }): Promise<readonly TaskDescription[]>;
  /** Tasks that were started for one dispatch and have not stopped; without the warm workers. */
  listLive(): Promise<readonly LiveTask[]>;
  /** Called after a task of this instance has stopped: a hint to look sooner, never the only way to know. */
  onStopped(listener: (taskArn: string) => void): void;
}
