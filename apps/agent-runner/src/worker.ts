import type { Clock, DispatchKey, WorkerPlatform } from '@outpost/platform';
import type { Sandboxes } from '@outpost/platform/sandbox';
import type { Logger } from 'pino';
import type { WorkerConfig } from './config.js';
import type { StopSignal } from './stop-signal.js';
import type { WorkerLimits } from './worker-limits.js';

/** What a run may know of how this worker was set up. */
export interface RunConfig extends Pick<
  WorkerConfig,
  'path' | 'network' | 'remotes' | 'repositoryLimits' | 'agentBaseUrls'
> {
  readonly sandboxes: Sandboxes;
  /** What agents may read besides the system's own, and which hosts they may reach. */
  readonly admitted: Pick<WorkerConfig['sandbox'], 'readable' | 'egressHosts'>;
  /** Bare mirrors of the tenant's repositories. */
  readonly mirrorsDir: string;
}

/** What every phase may lean on: one for each dispatch. */
export interface Worker {
  readonly config: RunConfig;
  readonly platform: WorkerPlatform;
  readonly key: DispatchKey;
  /** The task that this worker runs in. */
  readonly taskArn: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly stop: StopSignal;
  readonly limits: WorkerLimits;
  /** How often the kernel has killed here for want of memory; undefined where it cannot be told. */
  readonly oomKills: () => number | undefined;
}

/** What it takes to read and write the record. */
export interface RecordKeeper extends Pick<Worker, 'key' | 'taskArn' | 'clock' | 'logger'> {
  readonly platform: Pick<WorkerPlatform, 'dispatches' | 'outbox' | 'events'>;
}
