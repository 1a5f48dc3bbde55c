import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { createGitRemoteChanges, createGitRepositories, type RemotePolicy } from '../git/index.js';
import { createGitHubPullRequests } from '../github/index.js';
import {
  oneAssignment,
  type Assignment,
  type Clock,
  type ControlPlatform,
  type SecretStore,
  type SharedPlatform,
  type WorkerPlatform,
} from '../ports/index.js';
import { createAgentExecutables, type AgentExecutableOptions } from '../process/index.js';
import { UNCONFINED, type Sandboxes } from '../sandbox/index.js';
import { createLocalAgentInventory } from './agent-inventory.js';
import { createLocalApiKeyStore } from './api-key-store.js';
import { createArtifactSigner, type ArtifactSigner } from './artifact-signer.js';
import { createLocalArtifactStore } from './artifact-store.js';
import { createLocalAssignments } from './assignments.js';
import { createLocalAuditStore } from './audit-store.js';
import { createLocalContextDocumentStore } from './context-document-store.js';
import { openDatabase, type Database } from './database.js';
import { prepareDataDir } from './data-dir.js';
import { createLocalDispatchStore } from './dispatch-store.js';
import { createLocalEventBus } from './event-bus.js';
import { createLocalEventFeed } from './event-feed.js';
import { createLocalCounterStore } from './counter-store.js';
import { createLocalKnownSecrets } from './known-secrets.js';
import { createLocalLeaseStore } from './lease-store.js';
import { createLocalLogStore } from './log-store.js';
import { createLocalManifestSigner } from './manifest-signer.js';
import { createLocalOutbox } from './outbox.js';
import { createLocalPromotionStore } from './promotion-store.js';
import { createLocalSecretStore, type Environment } from './secret-store.js';
import { createLocalDownloads } from './signed-downloads.js';
import { createTaskProcesses } from './task-processes.js';
import { createLocalTaskRunner } from './task-runner.js';
import { createLocalTenantStore } from './tenant-store.js';
import { createLocalWorkerPool } from './worker-pool.js';
import type { LocalWorkerOptions } from './worker-process.js';
import { createWebhookSender, type WebhookSenderOptions } from '../webhooks/index.js';
import { createLocalWebhookStore } from './webhook-store.js';
import { createLocalWorkspaceArchives } from './workspace-archives.js';
import { createLocalWorkspaceStore } from './workspace-store.js';
import { createLocalWorkspaceReports } from './workspace-use.js';
import { createLocalWorkspaceVolumes } from './workspace-volumes.js';

/** For looking a branch up, while the caller of POST /dispatch waits. */
const REMOTE_TIMEOUT_MS = 15_000;
/** For a change, from the fetch of its base to its push. */
const CHANGE_TIMEOUT_MS = 300_000;

export interface LocalControlPlatformOptions {
  /** Made if need be, 0700. */
  readonly dataDir: string;
  readonly clock: Clock;
  /** Which hosts repositories may be on. */
  readonly remotes: RemotePolicy;
  /** How large a repository may be. */
  readonly maxRepositoryBytes: number;
  /** Where provider keys are looked up. */
  readonly environment: Environment;
  /** Where the agents' CLIs are looked for. */
  readonly executables: AgentExecutableOptions;
  readonly worker: LocalWorkerOptions;
  /** Where webhooks may lead: to public hosts only, by https, unless it says otherwise. */
  readonly webhooks?: WebhookSenderOptions;
  /** Those of this machine's workers; without any when absent. */
  readonly sandboxes?: Sandboxes;
}

export interface LocalWorkerPlatformOptions {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly executables: AgentExecutableOptions;
  /**
   * The one dispatch that it was started for, with the secrets that `deliveredSecrets` read; or the id of a warm worker
   * and what brings its assignments.
   */
  readonly work: Assignment | { readonly workerId: string; readonly stdin: Readable };
}

/** A warm worker has the secrets of its assignments, none of its own. */
const NO_SECRETS: SecretStore = { get: async () => undefined, has: async () => false };

/** The control plane's side of one machine. Throws when the data directory cannot be used. */
export function createLocalControlPlatform(options: LocalControlPlatformOptions): ControlPlatform {
  const { clock, environment, worker, sandboxes = UNCONFINED } = options;
  const dataDir = prepareDataDir(options.dataDir);
  const database = openDatabase({ path: join(dataDir, 'outpost.db') });
  const signer = createArtifactSigner({ dataDir });
  const secrets = createLocalSecretStore({ dataDir, environment });
  const processes = createTaskProcesses({
    database,
    dataDir,
    clock,
    worker,
    reap: (dispatchId) => sandboxes.reap(dispatchId),
  });
  const feed = createLocalEventFeed({ dataDir });
  const git = {
    path: options.executables.path,
    home: join(dataDir, 'git'),
    ambient: environment,
    remotes: options.remotes,
  };
  return {
    ...sharedParts({ database, dataDir, clock, signer }),
    contextDocuments: createLocalContextDocumentStore({ database }),
    logs: createLocalLogStore({ dataDir }),
    volumes: createLocalWorkspaceVolumes({ dataDir }),
    secrets,
    knownSecrets: createLocalKnownSecrets({ dataDir, environment }),
    tasks: createLocalTaskRunner({ processes, secrets }),
    pool: createLocalWorkerPool({ database, clock, secrets, processes }),
    feed,
    inventory: createLocalAgentInventory({ executables: options.executables, secrets, sandboxes }),
    repositories: createGitRepositories({ ...git, timeoutMs: REMOTE_TIMEOUT_MS }),
    changes: createGitRemoteChanges({
      ...git,
      timeoutMs: CHANGE_TIMEOUT_MS,
      maxBytes: options.maxRepositoryBytes,
      keepOut: dataDir,
    }),
    manifestSigner: createLocalManifestSigner({ dataDir }),
    pullRequests: createGitHubPullRequests({ ...git, timeoutMs: REMOTE_TIMEOUT_MS }),
    location: dataDir,
    apiKeys: createLocalApiKeyStore({ database }),
    tenants: createLocalTenantStore({ database }),
    leases: createLocalLeaseStore({ database, clock }),
    counters: createLocalCounterStore({ database, clock }),
    promotions: createLocalPromotionStore({ database }),
    workspaces: createLocalWorkspaceStore({ database }),
    workspaceArchives: createLocalWorkspaceArchives({ dataDir }),
    webhooks: createLocalWebhookStore({ database }),
    webhookSender: createWebhookSender(options.webhooks),
    downloads: createLocalDownloads({ dataDir, clock, signer }),
    async ping() {
      database.one('SELECT max(version) FROM schema_migrations');
    },
    async close() {
      feed.close();
      processes.close();
      database.close();
    },
  };
}

/** A worker's side of one machine, on the control plane's data directory. */
export function createLocalWorkerPlatform(options: LocalWorkerPlatformOptions): WorkerPlatform {
  const { clock, work } = options;
  const dataDir = prepareDataDir(options.dataDir);
  const database = openDatabase({ path: join(dataDir, 'outpost.db') });
  const signer = createArtifactSigner({ dataDir });
  return {
    ...sharedParts({ database, dataDir, clock, signer }),
    contextDocuments: createLocalContextDocumentStore({ database }),
    logs: createLocalLogStore({ dataDir }),
    mounts: createLocalWorkspaceVolumes({ dataDir }),
    workspaceArchives: createLocalWorkspaceArchives({ dataDir }),
    workspaceReports: createLocalWorkspaceReports({ database }),
    ...('workerId' in work
      ? { secrets: NO_SECRETS, assignments: createLocalAssignments({ ...work, database, clock }) }
      : { secrets: work.secrets, assignments: oneAssignment(work) }),
    agents: createAgentExecutables(options.executables),
    async close() {
      if ('stdin' in work) work.stdin.destroy();
      database.close();
    },
  };
}

interface SharedOptions {
  readonly database: Database;
  readonly dataDir: string;
  readonly clock: Clock;
  readonly signer: ArtifactSigner;
}

function sharedParts(
  options: SharedOptions,
): Pick<SharedPlatform, 'dispatches' | 'artifacts' | 'outbox' | 'audit' | 'events'> {
  return {
    dispatches: createLocalDispatchStore(options),
    artifacts: createLocalArtifactStore(options),
    outbox: createLocalOutbox(options),
    audit: createLocalAuditStore(options),
    events: createLocalEventBus(options),
  };
}
