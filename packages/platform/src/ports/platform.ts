import type { AgentExecutables, AgentInventory } from './agent-inventory.js';
import type { ApiKeyStore } from './api-key-store.js';
import type { ArtifactStore, SignedDownloads } from './artifact-store.js';
import type { AuditStore } from './audit-store.js';
import type { ContextDocumentStore } from './context-document-store.js';
import type { DispatchStore } from './dispatch-store.js';
import type { LogReader, LogWriter } from './log-store.js';
import type { EventFeed } from './event-feed.js';
import type { CounterStore } from './counter-store.js';
import type { KnownSecrets } from './known-secrets.js';
import type { LeaseStore } from './lease-store.js';
import type { EventBus, Outbox } from './outbox.js';
import type { ManifestSigner } from './manifest-signer.js';
import type { PromotionStore } from './promotion-store.js';
import type { PullRequests } from './pull-requests.js';
import type { RemoteChanges } from './remote-changes.js';
import type { Repositories } from './repositories.js';
import type { SecretStore } from './secret-store.js';
import type { TaskRunner } from './task-runner.js';
import type { TenantStore } from './tenant-store.js';
import type { WebhookSender } from './webhook-sender.js';
import type { WebhookStore } from './webhook-store.js';
import type { Assignments, WorkerPool } from './worker-pool.js';
import type { WorkspaceArchiveRemoval, WorkspaceArchives } from './workspace-archives.js';
import type { WorkspaceReports, WorkspaceStore } from './workspace-store.js';
import type { WorkspaceMounts, WorkspaceVolumes } from './workspace-volumes.js';

/** What both sides share. */
export interface SharedPlatform {
  readonly dispatches: DispatchStore;
  readonly artifacts: ArtifactStore;
  readonly secrets: SecretStore;
  readonly outbox: Outbox;
  readonly audit: AuditStore;
  readonly events: EventBus;
  close(): Promise<void>;
}

/** What a worker needs of the platform. */
export interface WorkerPlatform extends SharedPlatform {
  readonly agents: AgentExecutables;
  readonly contextDocuments: Pick<ContextDocumentStore, 'list'>;
  readonly logs: LogWriter;
  readonly mounts: WorkspaceMounts;
  readonly workspaceReports: WorkspaceReports;
  readonly workspaceArchives: WorkspaceArchives;
  readonly assignments: Assignments;
}

/** What the control plane needs of the platform. */
export interface ControlPlatform extends SharedPlatform {
  readonly apiKeys: ApiKeyStore;
  readonly tenants: TenantStore;
  readonly contextDocuments: ContextDocumentStore;
  readonly logs: LogReader;
  readonly workspaces: WorkspaceStore;
  readonly volumes: WorkspaceVolumes;
  readonly workspaceArchives: WorkspaceArchiveRemoval;
  readonly tasks: TaskRunner;
  readonly pool: WorkerPool;
  readonly feed: EventFeed;
  readonly leases: LeaseStore;
  readonly counters: CounterStore;
  readonly promotions: PromotionStore;
  readonly inventory: AgentInventory;
  readonly knownSecrets: KnownSecrets;
  readonly repositories: Repositories;
  readonly manifestSigner: ManifestSigner;
  readonly changes: RemoteChanges;
  readonly pullRequests: PullRequests;
  readonly webhooks: WebhookStore;
  readonly webhookSender: WebhookSender;
  /** Where it keeps its data, for a person: a directory; an account and a region. */
  readonly location: string;
  /** Only where the artifact store has no server of its own. */
  readonly downloads: SignedDownloads | undefined;
  /** Rejects when the store does not answer. */
  ping(): Promise<void>;
}
