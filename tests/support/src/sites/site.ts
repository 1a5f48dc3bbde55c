import type { CostEvent, Dispatch, Scope } from '@outpost/contracts';
import type { Outpost } from '../outpost.js';

export interface StartOptions {
  readonly apiKey?: string;
  /** Of the control plane and, where they are meant for them, of its workers. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A place that control planes run on, and that outlives them: a data directory, an AWS account. */
export interface Site {
  readonly name: 'local' | 'aws';
  /** For the files of a test. Workers see it too. */
  readonly directory: string;
  /** Also a second one, or one after another was killed. */
  start(options?: StartOptions): Promise<Outpost>;
  /** Gives tenant `default` these secrets, by name. */
  putSecrets(secrets: Readonly<Record<string, string>>): Promise<void>;
  /** Gives tenant `default` its token for a git host. */
  putGitToken(params: { readonly host: string; readonly token: string }): Promise<void>;
  /** Has git trust what this certificate is of, in all that is started from now on. */
  trust(certificateFile: string): Promise<void>;
  /** A key of this tenant: that may dispatch, and look, unless told otherwise. */
  tenantKey(tenantId: string, scopes?: readonly Scope[]): Promise<string>;
  /** By which name a dispatch can ask for a repository of this machine. */
  repositoryUrl(path: string): Promise<string>;
  /** Where the workspace of a dispatch lies while a worker has it. */
  workspaceOf(dispatch: Dispatch): string;
  /** Cost events as their consumer gets them, without repeats; waits for the first. */
  costEvents(dispatchId: string): Promise<readonly CostEvent[]>;
  /** Ends what is left of it. The control planes are stopped before. */
  close(): Promise<void>;
}

/** What a key of a tenant may do that needs no more. */
export const TENANT_SCOPES: readonly Scope[] = ['dispatch', 'status', 'list'];

/** As a consumer reads a bus that may deliver an event again, after a crash between the event and its mark. */
export function withoutRepeats(events: readonly CostEvent[]): readonly CostEvent[] {
  return [...new Map(events.map((each) => [each.eventId, each])).values()];
}

/** Variables by which tests steer the CLIs: the worker's, wherever it runs. */
export function isForWorkers(variable: string): boolean {
  return /^(OUTPOST_AGENT_COMMAND_|[A-Z_]+_(BASE_URL|API_BASE)$)/.test(variable);
}
