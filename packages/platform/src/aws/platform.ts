import { GetCommand } from '@aws-sdk/lib-dynamodb';
import type { Writable } from 'node:stream';
import { createGitRemoteChanges, createGitRepositories, type RemotePolicy } from '../git/index.js';
import { createGitHubPullRequests } from '../github/index.js';
import {
  oneAssignment,
  type Assignments,
  type Clock,
  type ControlPlatform,
  type SharedPlatform,
  type WorkerPlatform,
  type WorkerStart,
} from '../ports/index.js';
import { createAgentExecutables, type AgentExecutableOptions } from '../process/index.js';
import { createAwsAgentInventory } from './agent-inventory.js';
import { createAwsApiKeyStore } from './api-key-store.js';
import { createAwsArtifactStore } from './artifact-store.js';
import { createAwsAssignments } from './assignments.js';
import { createAwsAuditStore } from './audit-store.js';
import { createCachedSecretStore } from './cached-secret-store.js';
import { callerIdentity } from './caller-identity.js';
import { createAwsClients, type AwsClients } from './clients.js';
import { createAwsContextDocumentStore } from './context-document-store.js';
import { createAwsDispatchStore } from './dispatch-store.js';
import { createAwsEventBus } from './event-bus.js';
import { createAwsEventFeed } from './event-feed.js';
import { createAwsCounterStore } from './counter-store.js';
import { createAwsKnownSecrets } from './known-secrets.js';
import { createAwsLeaseStore } from './lease-store.js';
import { createAwsLogReader } from './log-reader.js';
import { createAwsLogWriter } from './log-writer.js';
import { createAwsManifestSigner } from './manifest-signer.js';
import { createAwsOutbox } from './outbox.js';
import { createAwsPromotionStore } from './promotion-store.js';
import { createAwsSecretStore } from './secret-store.js';
import type { AwsControlSettings, AwsWorkerSettings } from '../settings/index.js';
import { TABLES } from './tables.js';
import { STREAM_PREFIX, WORKER_CONTAINER } from './task-names.js';
import { createAwsTaskRunner, type AwsTaskOptions } from './task-runner.js';
import { createAwsTenantStore } from './tenant-store.js';
import { createWebhookSender, type WebhookSenderOptions } from '../webhooks/index.js';
import { createAwsWebhookStore } from './webhook-store.js';
import { createAwsWorkerPool } from './worker-pool.js';
import { createAwsAccessPoints } from './workspace-access-points.js';
import { createAwsWorkspaceArchives } from './workspace-archives.js';
import { createAwsWorkspaceMounts } from './workspace-mounts.js';
import { createAwsWorkspaceReports } from './workspace-reports.js';
import { createAwsWorkspaceStore } from './workspace-store.js';
import { createAwsWorkspaceVolumes } from './workspace-volumes.js';

/** For looking a branch up, while the caller of POST /dispatch waits. */
const REMOTE_TIMEOUT_MS = 15_000;
/** For a change, from the fetch of its base to its push. */
const CHANGE_TIMEOUT_MS = 300_000;
const SECRET_CACHE_MS = 30_000;

export interface AwsControlPlatformOptions {
  readonly settings: AwsControlSettings;
  readonly clock: Clock;
  /** The git that looks branches up. */
  readonly git: {
    readonly path: string;
    readonly home: string;
    readonly ambient: Readonly<Record<string, string | undefined>>;
    readonly remotes: RemotePolicy;
  };
  /** How large a repository may be. */
  readonly maxRepositoryBytes: number;
  /** Where webhooks may lead: to public hosts only, by https, unless it says otherwise. */
  readonly webhooks?: WebhookSenderOptions;
  /** For tests. */
  readonly clients?: AwsClients;
}

export interface AwsWorkerPlatformOptions {
  readonly settings: AwsWorkerSettings;
  readonly start: WorkerStart;
  readonly clock: Clock;
  readonly executables: AgentExecutableOptions;
  /** Where the lines of the run go, to be taken to CloudWatch by ECS. */
  readonly stdout: Writable;
  /** Where they wait to be archived. */
  readonly spoolDir: string;
  /** For tests. */
  readonly clients?: AwsClients;
}

/** The control plane's side of an AWS account. Rejects when its credentials cannot be used. */
export async function createAwsControlPlatform(options: AwsControlPlatformOptions): Promise<ControlPlatform> {
  const { settings, clock, git, webhooks, clients = createAwsClients(settings) } = options;
  const { dynamodb, ecs, efs, logs, s3, sqs } = clients;
  const { fileSystemId, mountDir, logGroup, logsBucket, tenantTaskRoles, wakeQueueUrl } = settings;
  const { accountId } = await callerIdentity(clients);
  const shared = sharedParts({ clients, clock, settings });
  const secrets = createCachedSecretStore({ store: shared.secrets, clock, ttlMs: SECRET_CACHE_MS });
  const taskOptions: AwsTaskOptions = {
    ...settings,
    containerName: WORKER_CONTAINER,
    taskRoleArnOf: (tenantId) => tenantTaskRoles[tenantId],
  };
  const feed = createAwsEventFeed({ sqs, queueUrl: wakeQueueUrl });
  return {
    ...shared,
    secrets,
    knownSecrets: createAwsKnownSecrets(clients),
    feed,
    leases: createAwsLeaseStore({ dynamodb, clock }),
    counters: createAwsCounterStore({ dynamodb }),
    promotions: createAwsPromotionStore({ dynamodb }),
    logs: createAwsLogReader({
      logs,
      s3,
      logGroup,
      streamPrefix: STREAM_PREFIX,
      containerName: WORKER_CONTAINER,
      bucket: logsBucket,
    }),
    contextDocuments: createAwsContextDocumentStore({ dynamodb }),
    workspaces: createAwsWorkspaceStore({ dynamodb }),
    workspaceArchives: createAwsWorkspaceArchives({ s3, bucket: settings.workspacesBucket }),
    volumes: createAwsWorkspaceVolumes({ efs, ecs, fileSystemId, mountDir }),
    tasks: createAwsTaskRunner({
      ecs,
      accessPoints: createAwsAccessPoints({ efs, fileSystemId }),
      options: taskOptions,
    }),
    pool: createAwsWorkerPool({ dynamodb, ecs, clock, options: taskOptions }),
    inventory: createAwsAgentInventory({ ecs, secrets, clock }),
    repositories: createGitRepositories({ ...git, timeoutMs: REMOTE_TIMEOUT_MS }),
    manifestSigner: createAwsManifestSigner(clients),
    changes: createGitRemoteChanges({
      ...git,
      timeoutMs: CHANGE_TIMEOUT_MS,
      maxBytes: options.maxRepositoryBytes,
    }),
    pullRequests: createGitHubPullRequests({ ...git, timeoutMs: REMOTE_TIMEOUT_MS }),
    location: `AWS account ${accountId}, ${settings.region}`,
    apiKeys: createAwsApiKeyStore({ dynamodb, clock }),
    tenants: createAwsTenantStore({ dynamodb }),
    webhooks: createAwsWebhookStore({ dynamodb }),
    webhookSender: createWebhookSender(webhooks),
    downloads: undefined,
    async ping() {
      await dynamodb.send(
        new GetCommand({ TableName: TABLES.control.name, Key: { pk: '#ping', sk: '#ping' } }),
      );
    },
    async close() {
      feed.close();
      await shared.close();
    },
  };
}

/** A worker's side of an AWS account, with the rights of its task's role. */
export function createAwsWorkerPlatform(options: AwsWorkerPlatformOptions): WorkerPlatform {
  const { settings, clock, executables, stdout, spoolDir, clients = createAwsClients(settings) } = options;
  const { logsBucket, workspacesBucket, kmsKeyId, workspaceDir } = settings;
  const shared = sharedParts({ clients, clock, settings });
  return {
    ...shared,
    assignments: assignmentsOf(options.start, { clients, clock, secrets: shared.secrets }),
    contextDocuments: createAwsContextDocumentStore({ dynamodb: clients.dynamodb }),
    agents: createAgentExecutables(executables),
    logs: createAwsLogWriter({ out: stdout, s3: clients.s3, bucket: logsBucket, kmsKeyId, spoolDir }),
    mounts: createAwsWorkspaceMounts({ root: workspaceDir }),
    workspaceArchives: createAwsWorkspaceArchives({ s3: clients.s3, bucket: workspacesBucket, kmsKeyId }),
    workspaceReports: createAwsWorkspaceReports({ dynamodb: clients.dynamodb }),
  };
}

function assignmentsOf(
  start: WorkerStart,
  { clients, clock, secrets }: Pick<SharedOptions, 'clients' | 'clock'> & Pick<SharedPlatform, 'secrets'>,
): Assignments {
  if (start.kind === 'warm')
    return createAwsAssignments({ dynamodb: clients.dynamodb, clock, workerId: start.workerId, secrets });
  const { tenantId, dispatchId } = start;
  return oneAssignment({ tenantId, dispatchId, secrets });
}

interface SharedOptions {
  readonly clients: AwsClients;
  readonly clock: Clock;
  readonly settings: Pick<AwsControlSettings, 'artifactsBucket' | 'kmsKeyId' | 'eventBus'>;
}

function sharedParts({ clients, clock, settings }: SharedOptions): SharedPlatform {
  const { dynamodb, events, s3, secrets } = clients;
  const { artifactsBucket: bucket, kmsKeyId, eventBus: busName } = settings;
  return {
    dispatches: createAwsDispatchStore({ dynamodb, clock }),
    artifacts: createAwsArtifactStore({ s3, clock, bucket, kmsKeyId }),
    audit: createAwsAuditStore({ dynamodb, clock }),
    secrets: createAwsSecretStore({ secrets }),
    outbox: createAwsOutbox({ dynamodb }),
    events: createAwsEventBus({ events, busName }),
    close: async () => clients.destroy(),
  };
}
