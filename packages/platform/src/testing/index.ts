export { describeApiKeyStoreConformance } from './api-key-store-conformance.js';
export {
  describeArtifactStoreConformance,
  type ArtifactStoreSubject,
  type Fetched,
} from './artifact-store-conformance.js';
export { describeAuditStoreConformance, type AuditStoreSubject } from './audit-store-conformance.js';
export { describeDispatchStoreConformance } from './dispatch-store-conformance.js';
export { type DispatchStoreSubject } from './dispatch-store-subject.js';
export { describeEventBusConformance, type EventBusSubject } from './event-bus-conformance.js';
export {
  describeEventFeedConformance,
  type EventFeedHarness,
  type EventFeedSubject,
} from './event-feed-conformance.js';
export * from './fixtures.js';
export { type Harness } from './harness.js';
export { describeCounterStoreConformance, type CounterStoreSubject } from './counter-store-conformance.js';
export { describeLeaseStoreConformance, type LeaseStoreSubject } from './lease-store-conformance.js';
export { describeLogStoreConformance, type LogStoreSubject } from './log-store-conformance.js';
export { describeOutboxConformance } from './outbox-conformance.js';
export { costsIn, eventsIn } from './outbox-events.js';
export { describePromotionStoreConformance, promotionRecord } from './promotion-store-conformance.js';
export { createRelayedWorker, type RelayedWorker } from './relayed-worker.js';
export {
  describeSecretStoreConformance,
  type SecretSeed,
  type SecretStoreHarness,
} from './secret-store-conformance.js';
export { createSettableClock, TEST_EPOCH_MS, type SettableClock } from './settable-clock.js';
export {
  createSimulatedMachine,
  type SimulatedControl,
  type SimulatedMachine,
  type SimulatedTask,
  type SimulatedWorkerPlatform,
} from './simulated-machine.js';
export {
  describeTaskRunnerConformance,
  type TaskRunnerHarness,
  type TaskRunnerSubject,
} from './task-runner-conformance.js';
export { createTemporaryLocalPlatform, type TemporaryLocalPlatform } from './temporary-local-platform.js';
export {
  createScriptedWorker,
  type ScriptedWorker,
  type WorkerBehaviour,
  type WorkerReport,
} from './worker-scripts.js';
export { describeContextDocumentStoreConformance } from './context-document-store-conformance.js';
export { describeManifestSignerConformance } from './manifest-signer-conformance.js';
export { describeTenantStoreConformance } from './tenant-store-conformance.js';
export {
  describeWorkerPoolConformance,
  POOL_SECRETS,
  type WorkerPoolHarness,
  type WorkerPoolSubject,
} from './worker-pool-conformance.js';
export { describeWebhookStoreConformance, type WebhookStoreSubject } from './webhook-store-conformance.js';
export { describeWorkspaceArchivesConformance } from './workspace-archives-conformance.js';
export { describeWorkspaceStoreConformance } from './workspace-store-conformance.js';
export {
  describeWorkspaceVolumesConformance,
  type WorkspaceVolumesSubject,
} from './workspace-volumes-conformance.js';
export { createGitHubApi, startGitHubApi, type GitHubApi, type GitHubApiServer } from './github-api.js';
