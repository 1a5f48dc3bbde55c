/**
 * A file that the agent left in artifacts/.
 */
type AgentFileName = string;
/**
 * A coding agent CLI.
 */
type AgentName = ("claude" | "codex" | "gemini" | "aider" | "grok");
/**
 * What an API key may do; admin includes all.
 */
type Scope = ("dispatch" | "status" | "list" | "cancel" | "promote" | "admin");
/**
 * ISO 8601, UTC, milliseconds.
 */
type Timestamp = string;
type ArtifactName = (("task.md" | "context.json" | "output.log" | "changes.patch" | "repo.bundle" | "summary.json" | "manifest.json") | AgentFileName);
/**
 * A size of worker.
 */
type TierName = ("fast" | "balanced" | "flagship");
/**
 * Of the stages that its worker has left.
 */
type StageTimings = Partial<Record<'queue' | 'launch' | 'claim' | 'workspace' | 'clone' | 'context' | 'run' | 'verify' | 'collect' | 'upload' | 'report', number>>;
type FailureClass = ("launch_failed" | "capacity_unavailable" | "image_unavailable" | "spot_interrupted" | "out_of_memory" | "worker_lost" | "repository_unreachable" | "parent_unavailable" | "workspace_failed" | "workspace_full" | "agent_missing" | "agent_authentication" | "agent_rate_limited" | "model_unavailable" | "agent_incomplete" | "agent_crashed" | "verification_failed" | "collect_failed" | "upload_failed" | "phase_timed_out" | "timed_out" | "cancelled" | "internal");
/**
 * A call that changes something; any call that was denied; a secret that was named in a dispatch, handed to its worker, or read by the worker; a workspace that a dispatch made, or that expired.
 */
type AuditAction = ("access.denied" | "api_key.create" | "api_key.revoke" | "api_key.rotate" | "context_document.delete" | "context_document.put" | "dispatch.cancel" | "dispatch.create" | "dispatch.promote" | "dispatch.retry" | "secret.inject" | "secret.read" | "secret.validate" | "tenant.create" | "tenant.update" | "webhook.create" | "webhook.delete" | "webhook.redeliver" | "webhook.rotate" | "webhook.test" | "webhook.update" | "workspace.create" | "workspace.delete");
/**
 * A ULID.
 */
type DispatchId = string;
type Cursor = string;
/**
 * PROFILE: who the tenant is and how it wants work done, for all its dispatches. The others stand in where a repository has no such file.
 */
type ContextDocumentName = ("SOUL" | "ANCHORS" | "PROFILE" | "ROADMAP");
/**
 * How much of the repository's own guidance is put before the task.
 */
type ContextLevel = ("minimal" | "standard" | "full");
type DispatchStatus = ("PENDING" | "QUEUED" | "RUNNING" | "COMPLETED" | "FAILED" | "TIMEOUT" | "CANCELLED");
/**
 * persistent keeps the workspace for later dispatches (workspaceId).
 */
type WorkspaceMode = ("ephemeral" | "persistent");
/**
 * owner/name (GitHub), an https or ssh URL; in local mode also file:// or a path.
 */
type Repository = string;
type RepositoryPath = string;
type TenantId = string;
type HostPattern = string;
type WebhookUrl = string;
type EventType = ("dispatch.queued" | "dispatch.pending" | "dispatch.started" | "dispatch.completed" | "dispatch.failed" | "dispatch.timeout" | "dispatch.cancelled" | "dispatch.cost");
type WorkspaceId = string;
type DispatchEvent = (LifecycleEvent | StageEvent);
/**
 * Milliseconds spent in each stage of the last attempt.
 */
type StageTimings1 = Partial<Record<'queue' | 'launch' | 'claim' | 'workspace' | 'clone' | 'context' | 'run' | 'verify' | 'collect' | 'upload' | 'report', number>>;
/**
 * What went wrong; each code has one HTTP status.
 */
type ErrorCode = ("VALIDATION_ERROR" | "AUTHENTICATION_ERROR" | "BUDGET_EXCEEDED" | "AUTHORIZATION_ERROR" | "NOT_FOUND" | "CONFLICT" | "PAYLOAD_TOO_LARGE" | "RATE_LIMIT_EXCEEDED" | "INTERNAL_ERROR" | "SERVICE_UNAVAILABLE");
type LogKind = ("text" | "tool" | "result" | "error" | "raw" | "verify" | "system");
/**
 * A phase of the worker.
 */
type Stage = ("claim" | "workspace" | "clone" | "context" | "run" | "verify" | "collect" | "upload" | "report");
/**
 * A calendar month in UTC.
 */
type Month = string;
type WebhookEvent = (LifecycleEvent | CostEvent | TestEvent);
/**
 * A coding agent CLI.
 */
type AgentNameInput = ("claude" | "codex" | "gemini" | "aider" | "grok");
type BranchInput = string;
/**
 * owner/name (GitHub), an https or ssh URL; in local mode also file:// or a path.
 */
type RepositoryInput = string;
type SecretNameInput = string;
/**
 * A shell command that is run in the repository after the agent, in the same sandbox. Unless it exits with 0 the dispatch is FAILED: verification_failed.
 */
type VerifyCommandInput = string;
/**
 * How often a failed verification is handed back to the agent. Default: 0.
 */
type VerifyAttemptsInput = number;
type RepositoryPathInput = string;
/**
 * An API key without its secret.
 */
interface ApiKey {
  apiKeyId: string;
  tenantId: string;
  keyPrefix: string;
  name: string;
  scopes: Scope[];
  status: ("active" | "expired" | "revoked");
  createdAt: Timestamp;
  /**
   * ISO 8601, UTC, milliseconds.
   */
  expiresAt?: undefined | string;
  /**
   * The key that it was rotated to.
   */
  replacedBy?: undefined | string;
  /**
   * Requests made with it. Counted in batches: the last half minute may be missing.
   */
  usageCount: number;
  lastUsedAt?: undefined | Timestamp;
}
interface ArtifactList {
  dispatchId: string;
  artifacts: Artifact[];
  /**
   * Seconds until the URLs expire.
   */
  expiresIn: number;
}
interface Artifact {
  /**
   * changes.patch and the like; files of the agent: artifacts/…
   */
  name: string;
  sizeBytes: number;
  contentType: string;
  /**
   * Hex, as the worker computed it at its end; absent while it runs.
   */
  sha256?: undefined | string;
  /**
   * Downloads the artifact without a key until it expires.
   */
  url: string;
}
/**
 * An attempt that failed and was followed by another.
 */
interface Attempt {
  attempt: number;
  tier: TierName;
  taskArn?: undefined | string;
  /**
   * ISO 8601, UTC, milliseconds.
   */
  pendingAt?: undefined | string;
  /**
   * ISO 8601, UTC, milliseconds.
   */
  startedAt?: undefined | string;
  timings?: undefined | StageTimings;
  endedAt: Timestamp;
  failure: Failure;
}
/**
 * Why a dispatch did not complete.
 */
interface Failure {
  class: FailureClass;
  retryable: boolean;
  message: string;
  hint: string;
}
/**
 * Who did it.
 */
interface AuditActor {
  kind: ("api_key" | "control_plane" | "worker");
  id?: undefined | string;
}
/**
 * What was done, by whom. A secret is named, never shown.
 */
interface AuditEntry {
  auditId: DispatchId;
  tenantId: string;
  at: Timestamp;
  actor: AuditActor;
  action: AuditAction;
  /**
   * What it was done to.
   */
  resource: string;
  outcome: ("success" | "denied" | "failure");
  dispatchId?: undefined | DispatchId;
  /**
   * Why it was denied or failed.
   */
  detail?: undefined | string;
  requestId?: undefined | string;
  /**
   * Where the call came from.
   */
  sourceIp?: undefined | string;
  /**
   * What the caller says it is.
   */
  userAgent?: undefined | string;
  ttl: number;
}
interface AuditPage {
  /**
   * Newest first.
   */
  entries: AuditEntry[];
  /**
   * Absent on the last page.
   */
  nextCursor?: undefined | string;
}
interface AuditQuery {
  action?: undefined | AuditAction;
  since?: undefined | string;
  limit: number;
  cursor?: undefined | Cursor;
}
/**
 * What the agent changed against the base commit.
 */
interface Changes {
  /**
   * The commit that changes.patch applies to.
   */
  baseCommit: string;
  filesChanged: number;
  insertions: number;
  deletions: number;
}
/**
 * What a tenant has written for the context of its agents.
 */
interface ContextDocument {
  name: ContextDocumentName;
  content: string;
  updatedAt: Timestamp;
}
/**
 * What a dispatch used and cost.
 */
interface CostEvent {
  eventId: DispatchId;
  type: "dispatch.cost";
  occurredAt: Timestamp;
  dispatchId: DispatchId;
  tenantId: string;
  userId?: undefined | string;
  agent: AgentName;
  modelId: string;
  status: DispatchStatus;
  startedAt?: undefined | Timestamp;
  endedAt: Timestamp;
  durationMs: number;
  tier: TierName;
  cpuUnits: number;
  memoryMb: number;
  workspaceMode: WorkspaceMode;
  usage?: undefined | TokenUsage;
  cost?: undefined | Cost;
}
/**
 * Tokens used by a run. inputTokens excludes cached ones.
 */
interface TokenUsage {
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
  cacheWriteTokens: number;
}
/**
 * US dollars.
 */
interface Cost {
  currency: "USD";
  compute: number;
  llm: number;
  total: number;
  /**
   * Where `llm` comes from: the dated price table, the CLI itself, or nowhere (then it is 0).
   */
  basis: ("price-table" | "reported" | "unknown");
}
/**
 * Promotes the change when the dispatch completes with one. That it can be pushed is checked first.
 */
interface PromoteAhead {
  /**
   * Where it is pushed to; default: `outpost/<dispatchId>`.
   */
  branch?: undefined | string;
  /**
   * What it is applied onto, as that is now; default: the branch of the dispatch.
   */
  base?: undefined | string;
  /**
   * Of the commit and the pull request; default: the first line of the task.
   */
  title?: undefined | string;
  /**
   * Only these files and directories of the change; a rename is two paths.
   *
   * @minItems 1
   * @maxItems 400
   */
  paths?: undefined | RepositoryPath[];
  /**
   * Whether to open or update a pull request; default: true.
   */
  createPr?: undefined | boolean;
  /**
   * Whether the pull request is a draft; default: false.
   */
  draft?: undefined | boolean;
}
interface CreateTenant {
  tenantId: TenantId;
  /**
   * For people.
   */
  name?: undefined | string;
  /**
   * Dispatches that may hold a slot at once; else OUTPOST_MAX_CONCURRENT_PER_TENANT.
   */
  maxConcurrent?: undefined | number;
  /**
   * Of its share when many wait; else OUTPOST_TENANT_WEIGHTS.
   */
  weight?: undefined | number;
  /**
   * Of each of its keys; else OUTPOST_RATE_LIMIT_PER_MINUTE.
   */
  requestsPerMinute?: undefined | number;
  /**
   * What its dispatches may cost in a calendar month (UTC); without it there is no limit.
   */
  monthlyBudgetUsd?: undefined | number;
  /**
   * What each of its workspaces may take on disk; else OUTPOST_WORKSPACE_QUOTA_MB.
   */
  workspaceQuotaMb?: undefined | number;
  /**
   * Hosts that its repositories may be on, of those of OUTPOST_REPOSITORY_HOSTS; else all of these.
   *
   * @minItems 1
   * @maxItems 100
   */
  repositoryHosts?: undefined | HostPattern[];
}
interface CreateWebhook {
  url: WebhookUrl;
  /**
   * The events that it is sent; else all.
   *
   * @minItems 1
   * @maxItems 8
   */
  events?: undefined | EventType[];
  /**
   * For people.
   */
  description?: undefined | string;
}
/**
 * A new key. Its value is shown this once.
 */
interface CreatedApiKey {
  apiKeyId: string;
  tenantId: string;
  keyPrefix: string;
  name: string;
  scopes: Scope[];
  status: ("active" | "expired" | "revoked");
  createdAt: Timestamp;
  /**
   * ISO 8601, UTC, milliseconds.
   */
  expiresAt?: undefined | string;
  /**
   * The key that it was rotated to.
   */
  replacedBy?: undefined | string;
  /**
   * Requests made with it. Counted in batches: the last half minute may be missing.
   */
  usageCount: number;
  lastUsedAt?: undefined | Timestamp;
  /**
   * Shown this once.
   */
  key: string;
}
/**
 * A webhook with a new secret, which is shown this once.
 */
interface CreatedWebhook {
  webhookId: string;
  url: WebhookUrl;
  /**
   * The events that it is sent; else all.
   *
   * @minItems 1
   * @maxItems 8
   */
  events?: undefined | EventType[];
  /**
   * For people.
   */
  description?: undefined | string;
  /**
   * A disabled one is sent nothing.
   */
  status: ("active" | "disabled");
  /**
   * Why it was disabled, and what to do.
   */
  disabledReason?: undefined | string;
  /**
   * ISO 8601, UTC, milliseconds.
   */
  failingSince?: undefined | string;
  /**
   * ISO 8601, UTC, milliseconds.
   */
  previousSecretExpiresAt?: undefined | string;
  createdAt: Timestamp;
  updatedAt: Timestamp;
  /**
   * Signs what is sent. Shown this once.
   */
  secret: string;
}
interface DeletedWorkspace {
  workspaceId: WorkspaceId;
  deletedAt: Timestamp;
}
/**
 * A page of what has happened to a dispatch.
 */
interface DispatchEventPage {
  /**
   * Oldest first.
   */
  events: DispatchEvent[];
  /**
   * Pass as `cursor` to read on; the id of the last event, valid also at the end.
   */
  nextCursor: string;
  /**
   * True when the dispatch has ended and this page reaches the end.
   */
  complete: boolean;
}
/**
 * A dispatch has a new status.
 */
interface LifecycleEvent {
  /**
   * The same however often the event comes: a consumer drops what it has seen.
   */
  eventId: string;
  type: ("dispatch.queued" | "dispatch.pending" | "dispatch.started" | "dispatch.completed" | "dispatch.failed" | "dispatch.timeout" | "dispatch.cancelled");
  occurredAt: Timestamp;
  dispatchId: DispatchId;
  tenantId: string;
  userId?: undefined | string;
  agent: AgentName;
  modelId: string;
  tier: TierName;
  repo?: undefined | string;
  branch?: undefined | string;
  retryOf?: undefined | DispatchId;
  status: DispatchStatus;
  /**
   * From 1; 0 while it has waited in the queue and not yet had one.
   */
  attempt: number;
  /**
   * With an end: of the agent CLI.
   */
  exitCode?: undefined | (number | null);
  failure?: undefined | Failure1;
}
/**
 * Why a dispatch did not complete.
 */
interface Failure1 {
  class: FailureClass;
  retryable: boolean;
  message: string;
  hint: string;
}
/**
 * The worker has come to a stage.
 */
interface StageEvent {
  eventId: string;
  type: "dispatch.stage";
  occurredAt: Timestamp;
  dispatchId: DispatchId;
  attempt: number;
  stage: ("claim" | "workspace" | "clone" | "context" | "run" | "verify" | "collect" | "upload");
}
interface DispatchPage {
  runs: Dispatch[];
  /**
   * Absent on the last page.
   */
  nextCursor?: undefined | string;
}
interface Dispatch {
  dispatchId: DispatchId;
  userId?: undefined | string;
  agent: AgentName;
  modelId: string;
  tier: TierName;
  task: string;
  repo?: undefined | string;
  branch?: undefined | string;
  contextLevel: ContextLevel;
  workspaceMode: WorkspaceMode;
  workspaceId: WorkspaceId;
  workspaceLimits?: undefined | WorkspaceLimits;
  archiveWorkspace?: undefined | boolean;
  timeoutSeconds: number;
  tags: {
    [k: string]: string;
  };
  /**
   * Names, never values.
   */
  secrets: string[];
  verify?: undefined | string;
  verifyAttempts?: undefined | number;
  /**
   * A ULID.
   */
  parentDispatchId?: undefined | string;
  /**
   * A ULID.
   */
  retryOf?: undefined | string;
  promote?: undefined | PromoteAhead;
  createdAt: Timestamp;
  status: DispatchStatus;
  startedAt?: undefined | Timestamp;
  cancelRequestedAt?: undefined | Timestamp;
  /**
   * The attempt under way, or the last: from 1.
   */
  attempt?: undefined | number;
  /**
   * Those before it, oldest first.
   */
  attempts?: undefined | Attempt[];
  taskArn?: undefined | string;
  /**
   * The warm worker that it was given to.
   */
  workerId?: undefined | string;
  queue?: undefined | QueueView;
  /**
   * Where the worker is, while RUNNING.
   */
  stage?: undefined | ("claim" | "workspace" | "clone" | "context" | "run" | "verify" | "collect" | "upload" | "report");
  completedAt?: undefined | Timestamp;
  /**
   * Exit code of the agent CLI; null when it never ended by itself.
   */
  exitCode?: undefined | (number | null);
  errorMessage?: undefined | (string | null);
  failure?: undefined | Failure;
  /**
   * The last message of the agent.
   */
  output?: undefined | string;
  usage?: undefined | TokenUsage;
  cost?: undefined | Cost;
  verification?: undefined | Verification;
  changes?: undefined | Changes;
  /**
   * Of manifest.json, which has the digests of all artifacts.
   */
  manifestSha256?: undefined | string;
  timings?: undefined | StageTimings1;
  /**
   * Of one dispatch that is asked for, by their branches.
   */
  promotions?: undefined | Promotion[];
  /**
   * The last lines, with `?logs=N`.
   */
  logs?: undefined | LogLine[];
  /**
   * The patch, or failing that the log; expires.
   */
  artifactUrl?: undefined | string;
}
/**
 * What the workspace may take on disk.
 */
interface WorkspaceLimits {
  megabytes: number;
  files: number;
}
/**
 * While QUEUED, of one dispatch that is asked for.
 */
interface QueueView {
  /**
   * From 1: how many of this agent start before it, counted if tenants take turns; up to 1000.
   */
  position: number;
  /**
   * From the durations of the agent's last runs; null without any.
   */
  estimatedStartAt: (Timestamp | null);
}
/**
 * What `verify` came to after the last run of the agent.
 */
interface Verification {
  command: string;
  passed: boolean;
  /**
   * Of the last run; null when it did not end by itself.
   */
  exitCode: (number | null);
  /**
   * Of the last run.
   */
  durationMs: number;
  /**
   * How often it was run.
   */
  attempts: number;
  /**
   * The end of what the last run printed.
   */
  outputTail: string;
}
/**
 * A dispatch on a branch, and its pull request.
 */
interface Promotion {
  dispatchId: DispatchId;
  branch: string;
  base: string;
  /**
   * WAITING for the end of its dispatch; SKIPPED when that had nothing to promote.
   */
  status: ("WAITING" | "RUNNING" | "COMPLETED" | "FAILED" | "SKIPPED");
  /**
   * Asked for with the dispatch, and not by POST /promote.
   */
  isAhead: boolean;
  title?: undefined | string;
  paths?: undefined | string[];
  /**
   * What was pushed.
   */
  commit?: undefined | string;
  /**
   * The commit of the base that it stands on.
   */
  baseCommit?: undefined | string;
  /**
   * Whether the base had moved since the dispatch began.
   */
  isRebased?: undefined | boolean;
  filesChanged?: undefined | number;
  /**
   * The branch, where its host shows one; else the repository.
   */
  url?: undefined | string;
  prUrl?: undefined | string;
  prNumber?: undefined | number;
  isDraft?: undefined | boolean;
  /**
   * Why there is no pull request.
   */
  note?: undefined | string;
  failure?: undefined | PromotionFailure;
  createdAt: Timestamp;
  updatedAt: Timestamp;
}
/**
 * Why the last attempt did not succeed.
 */
interface PromotionFailure {
  code: ErrorCode;
  message: string;
  details?: undefined | ErrorDetail[];
}
interface ErrorDetail {
  /**
   * Where, e.g. `body.timeoutSeconds`.
   */
  path: string;
  message: string;
}
interface LogLine {
  at: Timestamp;
  kind: LogKind;
  text: string;
}
interface FleetAgent {
  agent: AgentName;
  displayName: string;
  strengths: string;
  available: boolean;
  /**
   * Why it is not available, and what to do.
   */
  reason?: undefined | string;
  modelId: string;
  tier: TierName;
  limit: number;
  /**
   * Warm workers that wait for a dispatch.
   */
  warm: number;
  busy: number;
  queued: number;
  /**
   * Of the tenant's last runs; null without any.
   */
  successRate: (number | null);
  p50DurationMs: (number | null);
  p95DurationMs: (number | null);
}
interface Fleet {
  agents: FleetAgent[];
  tenant: {
    busy: number;
    queued: number;
    limit: number;
  };
}
interface Health {
  status: "ok";
  version: string;
}
interface LogPage {
  lines: LogLine[];
  /**
   * Pass as `cursor` to read on; valid also at the end of the log.
   */
  nextCursor: string;
  /**
   * True when the dispatch has ended and this page reaches the end.
   */
  complete: boolean;
}
/**
 * What signatures of manifests are verified with.
 */
interface ManifestKey {
  algorithm: "Ed25519";
  /**
   * SHA-256 of the public key (DER), its first 16 hex digits.
   */
  keyId: string;
  /**
   * SPKI, as PEM.
   */
  publicKey: string;
}
/**
 * Which change goes where.
 */
interface Promote {
  dispatchId: DispatchId;
  /**
   * Where it is pushed to; default: `outpost/<dispatchId>`.
   */
  branch?: undefined | string;
  /**
   * What it is applied onto, as that is now; default: the branch of the dispatch.
   */
  base?: undefined | string;
  /**
   * Of the commit and the pull request; default: the first line of the task.
   */
  title?: undefined | string;
  /**
   * Put before what Outpost says in the pull request.
   */
  body?: undefined | string;
  /**
   * Only these files and directories of the change; a rename is two paths.
   *
   * @minItems 1
   * @maxItems 400
   */
  paths?: undefined | RepositoryPath[];
  /**
   * Whether to open or update a pull request; default: true.
   */
  createPr?: undefined | boolean;
  /**
   * Whether the pull request is a draft; default: false.
   */
  draft?: undefined | boolean;
  /**
   * Also of a dispatch that is FAILED, TIMEOUT or CANCELLED; default: false.
   */
  evenIfIncomplete?: undefined | boolean;
  /**
   * Files in which what only looks like a secret is let through. A value that Outpost knows as one never is.
   *
   * @minItems 1
   * @maxItems 400
   */
  allowSecretsIn?: undefined | RepositoryPath[];
}
/**
 * What was pushed, and its pull request.
 */
interface Promoted {
  dispatchId: DispatchId;
  branch: string;
  base: string;
  /**
   * WAITING for the end of its dispatch; SKIPPED when that had nothing to promote.
   */
  status: ("WAITING" | "RUNNING" | "COMPLETED" | "FAILED" | "SKIPPED");
  /**
   * Asked for with the dispatch, and not by POST /promote.
   */
  isAhead: boolean;
  title?: undefined | string;
  paths?: undefined | string[];
  /**
   * What was pushed.
   */
  commit: string;
  /**
   * The commit of the base that it stands on.
   */
  baseCommit?: undefined | string;
  /**
   * Whether the base had moved since the dispatch began.
   */
  isRebased?: undefined | boolean;
  filesChanged?: undefined | number;
  /**
   * The branch, where its host shows one; else the repository.
   */
  url: string;
  prUrl?: undefined | string;
  prNumber?: undefined | number;
  isDraft?: undefined | boolean;
  /**
   * Why there is no pull request.
   */
  note?: undefined | string;
  failure?: undefined | PromotionFailure;
  createdAt: Timestamp;
  updatedAt: Timestamp;
}
interface RunsQuery {
  status?: undefined | DispatchStatus;
  agent?: undefined | AgentName;
  repo?: undefined | Repository;
  userId?: undefined | string;
  since?: undefined | string;
  limit: number;
  cursor?: undefined | Cursor;
}
interface SignedManifest {
  /**
   * manifest.json, byte for byte: what was signed.
   */
  manifest: string;
  /**
   * Base64, over the bytes of `manifest`.
   */
  signature: string;
  algorithm: "Ed25519";
  /**
   * SHA-256 of the public key (DER), its first 16 hex digits.
   */
  keyId: string;
}
/**
 * A tenant, with what is set for it.
 */
interface Tenant {
  tenantId: TenantId;
  /**
   * The keys of a suspended tenant are refused, and nothing of it starts.
   */
  status: ("active" | "suspended");
  /**
   * For people.
   */
  name?: undefined | string;
  /**
   * Dispatches that may hold a slot at once; else OUTPOST_MAX_CONCURRENT_PER_TENANT.
   */
  maxConcurrent?: undefined | number;
  /**
   * Of its share when many wait; else OUTPOST_TENANT_WEIGHTS.
   */
  weight?: undefined | number;
  /**
   * Of each of its keys; else OUTPOST_RATE_LIMIT_PER_MINUTE.
   */
  requestsPerMinute?: undefined | number;
  /**
   * What its dispatches may cost in a calendar month (UTC); without it there is no limit.
   */
  monthlyBudgetUsd?: undefined | number;
  /**
   * What each of its workspaces may take on disk; else OUTPOST_WORKSPACE_QUOTA_MB.
   */
  workspaceQuotaMb?: undefined | number;
  /**
   * Hosts that its repositories may be on, of those of OUTPOST_REPOSITORY_HOSTS; else all of these.
   *
   * @minItems 1
   * @maxItems 100
   */
  repositoryHosts?: undefined | HostPattern[];
  createdAt: Timestamp;
  updatedAt: Timestamp;
}
/**
 * Sent to try a webhook.
 */
interface TestEvent {
  eventId: string;
  type: "webhook.test";
  occurredAt: Timestamp;
  tenantId: string;
  webhookId: string;
}
/**
 * What changes; null takes back what was set.
 */
interface UpdateTenant {
  /**
   * The keys of a suspended tenant are refused, and nothing of it starts.
   */
  status?: undefined | ("active" | "suspended");
  name?: undefined | (string | null);
  maxConcurrent?: undefined | (number | null);
  weight?: undefined | (number | null);
  requestsPerMinute?: undefined | (number | null);
  monthlyBudgetUsd?: undefined | (number | null);
  workspaceQuotaMb?: undefined | (number | null);
  repositoryHosts?: undefined | (HostPattern[] | null);
}
/**
 * What changes; null takes back what was set.
 */
interface UpdateWebhook {
  url?: undefined | WebhookUrl;
  events?: undefined | (EventType[] | null);
  description?: undefined | (string | null);
  /**
   * A disabled one is sent nothing.
   */
  status?: undefined | ("active" | "disabled");
}
/**
 * What the dispatches of a tenant came to in a month.
 */
interface Usage {
  month: Month;
  /**
   * That had a slot and ended in this month.
   */
  dispatches: number;
  costUsd: number;
  /**
   * What a month may cost; absent: no limit.
   */
  budgetUsd?: undefined | number;
}
/**
 * One request. What the receiver answered is not kept.
 */
interface WebhookAttempt {
  at: Timestamp;
  durationMs: number;
  /**
   * Absent when there was no answer.
   */
  statusCode?: undefined | number;
  /**
   * Absent when it was taken (a status of 2xx).
   */
  error?: undefined | string;
}
interface WebhookDeliveryPage {
  /**
   * Newest event first.
   */
  deliveries: WebhookDelivery[];
  /**
   * Absent on the last page.
   */
  nextCursor?: undefined | string;
}
/**
 * An event on its way to a webhook.
 */
interface WebhookDelivery {
  /**
   * A ULID.
   */
  deliveryId: string;
  webhookId: string;
  eventId: string;
  eventType: EventType;
  dispatchId: DispatchId;
  /**
   * A failed one is not tried again by itself.
   */
  status: ("pending" | "delivered" | "failed");
  createdAt: Timestamp;
  /**
   * ISO 8601, UTC, milliseconds.
   */
  nextAttemptAt?: undefined | string;
  /**
   * The last 20, oldest first.
   */
  attempts: WebhookAttempt[];
}
/**
 * Where events of the tenant are sent to. Its secret is not shown.
 */
interface Webhook {
  webhookId: string;
  url: WebhookUrl;
  /**
   * The events that it is sent; else all.
   *
   * @minItems 1
   * @maxItems 8
   */
  events?: undefined | EventType[];
  /**
   * For people.
   */
  description?: undefined | string;
  /**
   * A disabled one is sent nothing.
   */
  status: ("active" | "disabled");
  /**
   * Why it was disabled, and what to do.
   */
  disabledReason?: undefined | string;
  /**
   * ISO 8601, UTC, milliseconds.
   */
  failingSince?: undefined | string;
  /**
   * ISO 8601, UTC, milliseconds.
   */
  previousSecretExpiresAt?: undefined | string;
  createdAt: Timestamp;
  updatedAt: Timestamp;
}
interface WorkspacePage {
  /**
   * Newest use first.
   */
  workspaces: Workspace[];
  /**
   * Absent on the last page.
   */
  nextCursor?: undefined | string;
}
/**
 * A persistent workspace.
 */
interface Workspace {
  workspaceId: WorkspaceId;
  repo?: undefined | string;
  branch?: undefined | string;
  createdAt: Timestamp;
  /**
   * ISO 8601, UTC, milliseconds.
   */
  lastUsedAt: string;
  /**
   * ISO 8601, UTC, milliseconds.
   */
  expiresAt: string;
  usage?: undefined | WorkspaceUsage;
  archive?: undefined | WorkspaceArchive1;
  /**
   * What it may take on disk.
   */
  quotaBytes: number;
  /**
   * Whether a dispatch works in it, or waits for it.
   */
  inUse: boolean;
  /**
   * A ULID.
   */
  heldBy?: undefined | string;
  /**
   * Dispatches that wait for it.
   */
  waiting: number;
  /**
   * The one that was accepted last.
   */
  lastDispatch?: undefined | {
    dispatchId: DispatchId;
    agent: AgentName;
    status: DispatchStatus;
  };
}
/**
 * Absent before its first dispatch has ended.
 */
interface WorkspaceUsage {
  /**
   * What it takes on disk.
   */
  sizeBytes: number;
  /**
   * Files, directories and links.
   */
  files: number;
  measuredAt: Timestamp;
}
/**
 * Where the workspace is until a dispatch goes on in it, which restores it first.
 */
interface WorkspaceArchive1 {
  sizeBytes: number;
  archivedAt: Timestamp;
}
interface CreateDispatchInput {
  agent: AgentNameInput;
  task: string;
  modelId?: undefined | string;
  repo?: undefined | RepositoryInput;
  branch?: undefined | BranchInput;
  /**
   * How much of the repository's own guidance is put before the task.
   */
  contextLevel?: undefined | ("minimal" | "standard" | "full");
  /**
   * A ULID.
   */
  parentDispatchId?: undefined | string;
  /**
   * persistent keeps the workspace for later dispatches (workspaceId).
   */
  workspaceMode?: undefined | ("ephemeral" | "persistent");
  /**
   * Continue in this persistent workspace.
   */
  workspaceId?: undefined | string;
  /**
   * Pack the persistent workspace at the end; the next dispatch to it restores it.
   */
  archiveWorkspace?: undefined | boolean;
  timeoutSeconds?: undefined | number;
  userId?: undefined | string;
  tags?: undefined | {
    [k: string]: string;
  };
  /**
   * A size of worker.
   */
  tier?: undefined | ("fast" | "balanced" | "flagship");
  /**
   * Names of the tenant's secrets, given to the agent as environment variables.
   *
   * @maxItems 20
   */
  secrets?: undefined | SecretNameInput[];
  verify?: undefined | VerifyCommandInput;
  verifyAttempts?: undefined | VerifyAttemptsInput;
  promote?: undefined | PromoteAheadInput;
}
/**
 * Promotes the change when the dispatch completes with one. That it can be pushed is checked first.
 */
interface PromoteAheadInput {
  /**
   * Where it is pushed to; default: `outpost/<dispatchId>`.
   */
  branch?: undefined | string;
  /**
   * What it is applied onto, as that is now; default: the branch of the dispatch.
   */
  base?: undefined | string;
  /**
   * Of the commit and the pull request; default: the first line of the task.
   */
  title?: undefined | string;
  /**
   * Only these files and directories of the change; a rename is two paths.
   *
   * @minItems 1
   * @maxItems 400
   */
  paths?: undefined | RepositoryPathInput[];
  /**
   * Whether to open or update a pull request; default: true.
   */
  createPr?: undefined | boolean;
  /**
   * Whether the pull request is a draft; default: false.
   */
  draft?: undefined | boolean;
}
/** Everything that this client throws, but for wrong arguments (TypeError) and the reason of a signal. */
declare class OutpostError extends Error {
  readonly name: string;
}
/** No answer: the server cannot be reached, or the connection broke. */
declare class OutpostConnectionError extends OutpostError {
  readonly name: string;
}
/** No answer in time. */
declare class OutpostTimeoutError extends OutpostConnectionError {
  readonly name = "OutpostTimeoutError";
}
/** `UNEXPECTED_ANSWER`: what answered does not speak Outpost, e.g. a proxy on the way. A newer server may know more. */
type OutpostErrorCode = ErrorCode | 'UNEXPECTED_ANSWER' | (string & {});
/** What an error answer said. */
interface ApiErrorParams {
  readonly status: number;
  readonly code: OutpostErrorCode;
  readonly message: string;
  readonly details?: readonly ErrorDetail[] | undefined;
  readonly requestId?: string | undefined;
  readonly retryAfterSeconds?: number | undefined;
}
/** An answer of the API that is not a success. Each code has a class of its own below this one. */
declare class OutpostApiError extends OutpostError {
  readonly name: string;
  /** HTTP status. */
  readonly status: number;
  readonly code: OutpostErrorCode;
  readonly details: readonly ErrorDetail[];
  /** Names the request in the log of the control plane. */
  readonly requestId: string | undefined;
  /** Seconds after which a repeat may succeed. */
  readonly retryAfterSeconds: number | undefined;
  constructor(params: ApiErrorParams);
}
/** The request is wrong; `details` say where, and what would be right. */
declare class ValidationError extends OutpostApiError {
  readonly name = "ValidationError";
}
/** There is no such key, or it has expired or was revoked. */
declare class AuthenticationError extends OutpostApiError {
  readonly name = "AuthenticationError";
}
/** The month's budget of the tenant is spent. */
declare class BudgetExceededError extends OutpostApiError {
  readonly name = "BudgetExceededError";
}
/** The key may not do this. */
declare class AuthorizationError extends OutpostApiError {
  readonly name = "AuthorizationError";
}
/** There is no such thing, or it is another tenant's. */
declare class NotFoundError extends OutpostApiError {
  readonly name = "NotFoundError";
}
/** It cannot be done in the state that the thing is in. */
declare class ConflictError extends OutpostApiError {
  readonly name = "ConflictError";
}
/** The body is too large. */
declare class PayloadTooLargeError extends OutpostApiError {
  readonly name = "PayloadTooLargeError";
}
/** Too many requests with this key. */
declare class RateLimitExceededError extends OutpostApiError {
  readonly name = "RateLimitExceededError";
}
/** A fault of the control plane: its log has the cause, under `requestId`. */
declare class InternalError extends OutpostApiError {
  readonly name = "InternalError";
}
/** The control plane cannot do it now. */
declare class ServiceUnavailableError extends OutpostApiError {
  readonly name = "ServiceUnavailableError";
}
/** What answered does not speak Outpost, e.g. a proxy on the way. */
declare class UnexpectedAnswerError extends OutpostApiError {
  readonly name = "UnexpectedAnswerError";
}
/** Where the API is, who asks, and how patiently. */
interface ClientOptions extends Limits {
  /** E.g. `http://127.0.0.1:3000`; may have a path. */
  readonly baseUrl: string;
  readonly apiKey: string;
  /** In place of the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** In place of `Math.random`: spreads the retries of many clients. From 0 up to 1. */
  readonly random?: (() => number) | undefined;
}
/** How long a call may take. */
interface Limits {
  /** Milliseconds of one attempt. Default 60,000. */
  readonly timeoutMs?: number | undefined;
  /** Milliseconds of a call with its retries and the waits between them. Default 300,000. */
  readonly totalTimeoutMs?: number | undefined;
  /** Attempts after the first, where a repeat does no harm. Default 2. */
  readonly maxRetries?: number | undefined;
}
/** Options of every call. */
interface RequestOptions extends Limits {
  /** Ends the call; it rejects with the reason of the signal. */
  readonly signal?: AbortSignal | undefined;
}
interface CreateApiKeyInput {
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** Without it the key does not expire. */
  readonly expiresInDays?: number;
}
/** API keys of the tenant; needs the scope `admin`. */
declare class ApiKeys {
  #private;
  /** The value of the key is in this answer, and in no other. */
  create(input: CreateApiKeyInput, options?: RequestOptions): Promise<CreatedApiKey>;
  list(options?: RequestOptions): Promise<readonly ApiKey[]>;
  /** A key in place of this one, which works for `overlapSeconds` more (a day, unless told otherwise). */
  rotate(apiKeyId: string, input?: {
    readonly overlapSeconds?: number;
  }, options?: RequestOptions): Promise<CreatedApiKey>;
  /** Revokes it, everywhere within seconds; a repeat is no error. */
  revoke(apiKeyId: string, options?: RequestOptions): Promise<ApiKey>;
}
interface ListArtifactsOptions extends RequestOptions {
  /** Seconds for which the URLs are good: 60 to 86,400. */
  readonly expiresIn?: number | undefined;
}
/** An artifact out of a list, with its URL, or by its name. */
type ArtifactSource = Pick<Artifact, 'url'> | {
  readonly dispatchId: string;
  readonly name: ArtifactName;
};
/** What a dispatch left: its patch, its log, a summary. */
declare class Artifacts {
  #private;
  list(dispatchId: string, options?: ListArtifactsOptions): Promise<ArtifactList>;
  /** All artifacts in one zip. Read the body as bytes or a stream. */
  archive(dispatchId: string, options?: RequestOptions): Promise<Response>;
  /** What the run was and the digests of what it left, signed; verify it with `manifestKey`. */
  manifest(dispatchId: string, options?: RequestOptions): Promise<SignedManifest>;
  /** The public key of this Outpost. */
  manifestKey(options?: RequestOptions): Promise<ManifestKey>;
  /** Downloads one through its signed URL. Read the body as text, bytes or a stream. */
  download(source: ArtifactSource, options?: RequestOptions): Promise<Response>;
  /** What the agent changed, as `git apply` takes it; empty when it changed nothing. */
  patch(dispatchId: string, options?: RequestOptions): Promise<string>;
}
/**
 * A page, once it is awaited; iterated with `for await`, every item of this page and of those after it; and by
 * `pages()` page by page. The pages after the first are fetched when the iteration gets there.
 */
interface PagePromise<Page, Item> extends Promise<Page>, AsyncIterable<Item> {
  pages(): AsyncIterable<Page>;
}
type ListAuditQuery = { readonly [Name in keyof AuditQuery]?: AuditQuery[Name] | undefined; };
/** What was done in the tenant, and what was denied; needs the scope `admin`. */
declare class Audit {
  #private;
  /** Newest first: await it for one page, or iterate over all of them. */
  list(query?: ListAuditQuery, options?: RequestOptions): PagePromise<AuditPage, AuditEntry>;
}
/** What the tenant has to say to all its agents. Writing needs the scope `admin`. */
declare class ContextDocuments {
  #private;
  list(options?: RequestOptions): Promise<readonly ContextDocument[]>;
  get(name: ContextDocumentName, options?: RequestOptions): Promise<ContextDocument>;
  /** Writes or replaces it, for the dispatches that start from now on. */
  put(name: ContextDocumentName, content: string, options?: RequestOptions): Promise<ContextDocument>;
  /** Resolves with what it was. */
  delete(name: ContextDocumentName, options?: RequestOptions): Promise<ContextDocument>;
}
interface FollowOptions {
  readonly signal?: AbortSignal | undefined;
  /** Start after this cursor; absent: from the beginning. */
  readonly cursor?: string | undefined;
  /** Reconnects in a row without anything new before giving up. Default 5. */
  readonly maxReconnects?: number | undefined;
  /** A connection without a sign of life for so long counts as broken. Default 60,000. */
  readonly idleTimeoutMs?: number | undefined;
}
/** What came, and the cursor to go on after it. */
type Followed<T> = T & {
  readonly cursor: string;
};
interface WaitOptions extends RequestOptions {
  /** Milliseconds for all of it. Without it there is no limit: the dispatch has its own. */
  readonly totalTimeoutMs?: number | undefined;
  /** Default 2,000. */
  readonly pollIntervalMs?: number | undefined;
  /** Called at first, and whenever status or stage have changed. */
  readonly onUpdate?: ((dispatch: Dispatch) => void) | undefined;
}
type ListDispatchesQuery = { readonly [Name in keyof RunsQuery]?: RunsQuery[Name] | undefined; };
type PromoteInput = Omit<Promote, 'dispatchId'>;
interface CreateDispatchOptions extends RequestOptions {
  /**
   * A repeat with the same key answers the first dispatch instead of making another. Each call has one of its own
   * unless you give it one, so that its retries make no second dispatch.
   */
  readonly idempotencyKey?: string | undefined;
}
interface GetDispatchOptions extends RequestOptions {
  /** Also the last so many lines of the log. */
  readonly logs?: number | undefined;
}
interface LogPageOptions extends RequestOptions {
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
}
/** The dispatch as it was accepted; `result()` is the same dispatch once it has ended, however it ended. */
interface DispatchPromise extends Promise<Dispatch> {
  result(options?: WaitOptions): Promise<Dispatch>;
}
/** Dispatches: one task, given to one agent. */
declare class Dispatches {
  #private;
  /** Dispatches a task; resolves once it is accepted and durable. */
  create(input: CreateDispatchInput, options?: CreateDispatchOptions): DispatchPromise;
  /** Dispatches the input of one that has ended once more, as a new dispatch with `retryOf`. */
  retry(dispatchId: string, options?: CreateDispatchOptions): DispatchPromise;
  get(dispatchId: string, { logs, ...options }?: GetDispatchOptions): Promise<Dispatch>;
  /** Cancels. Of a running dispatch the answer may still be RUNNING: `wait` sees it end. */
  cancel(dispatchId: string, options?: RequestOptions): Promise<Dispatch>;
  /**
   * Pushes what a dispatch changed as a branch, and opens or updates its pull request. A repeat answers the same. What
   * must not be pushed is a ConflictError whose details name the files.
   */
  promote(dispatchId: string, input?: PromoteInput, options?: RequestOptions): Promise<Promoted>;
  /** Newest first: await it for one page, or iterate over all of them. */
  list(query?: ListDispatchesQuery, options?: RequestOptions): PagePromise<DispatchPage, Dispatch>;
  /** The log as far as it is there: await it for one page, or iterate over all its lines. */
  logs(dispatchId: string, options?: LogPageOptions): PagePromise<LogPage, LogLine>;
  /** The log as it grows, to its end; reconnects by itself. Returns the status the dispatch ended with. */
  followLogs(dispatchId: string, options?: FollowOptions): AsyncGenerator<Followed<LogLine>, DispatchStatus, undefined>;
  /** What has happened to it so far: await it for one page, or iterate over all events. */
  events(dispatchId: string, options?: LogPageOptions): PagePromise<DispatchEventPage, DispatchEvent>;
  /** Its moves and its worker's stages as they happen, to its end; reconnects by itself. */
  followEvents(dispatchId: string, options?: FollowOptions): AsyncGenerator<Followed<DispatchEvent>, DispatchStatus, undefined>;
  /** Resolves with the dispatch once it has ended, however it ended. */
  wait(dispatchId: string, options?: WaitOptions): Promise<Dispatch>;
}
interface UsageOptions extends RequestOptions {
  /** YYYY-MM, in UTC; the current one without. */
  readonly month?: string | undefined;
}
/** Tenants; needs an admin key of tenant `default`. */
declare class Tenants {
  #private;
  create(input: CreateTenant, options?: RequestOptions): Promise<Tenant>;
  list(options?: RequestOptions): Promise<readonly Tenant[]>;
  get(tenantId: string, options?: RequestOptions): Promise<Tenant>;
  /** Suspends it, lets it go on, or sets its limits; null takes one back. */
  update(tenantId: string, input: UpdateTenant, options?: RequestOptions): Promise<Tenant>;
  usage(tenantId: string, { month, ...options }?: UsageOptions): Promise<Usage>;
  createApiKey(tenantId: string, input: CreateApiKeyInput, options?: RequestOptions): Promise<CreatedApiKey>;
}
interface UnwrapOptions {
  /** How far the time of the request may be from now. Default 300. */
  readonly toleranceSeconds?: number;
  /** Epoch milliseconds; the time of this machine unless told otherwise. */
  readonly now?: () => number;
}
type WebhookHeaders = Headers | Readonly<Record<string, string | readonly string[] | undefined>>;
/** A request that is not from Outpost, was changed on the way, or is too old: answer it with 400, and do nothing. */
declare class WebhookVerificationError extends Error {
  readonly name = "WebhookVerificationError";
}
/**
 * The event in a webhook's request, once its signature and its time are found to be right. `body` is the body as it
 * came: parsed and written again it has another signature. Rejects with a WebhookVerificationError.
 */
declare function unwrapWebhook(body: string | Uint8Array, headers: WebhookHeaders, secret: string, { toleranceSeconds, now }?: UnwrapOptions): Promise<WebhookEvent>;
interface ListDeliveriesOptions extends RequestOptions {
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
}
/** Where the tenant's events are sent to; needs the scope `admin`, but for `unwrap`. */
declare class Webhooks {
  #private;
  /** The secret in the answer is shown this once. */
  create(input: CreateWebhook, options?: RequestOptions): Promise<CreatedWebhook>;
  list(options?: RequestOptions): Promise<readonly Webhook[]>;
  get(webhookId: string, options?: RequestOptions): Promise<Webhook>;
  /** `status: 'active'` lets one that was disabled go on; null takes back what was set. */
  update(webhookId: string, input: UpdateWebhook, options?: RequestOptions): Promise<Webhook>;
  delete(webhookId: string, options?: RequestOptions): Promise<Webhook>;
  /** A new secret; for `overlapSeconds` (a day, unless told otherwise) requests are signed with both. */
  rotate(webhookId: string, input?: {
    readonly overlapSeconds?: number;
  }, options?: RequestOptions): Promise<CreatedWebhook>;
  /** Sends an event of the type `webhook.test` at once, and answers what became of it. */
  test(webhookId: string, options?: RequestOptions): Promise<WebhookAttempt>;
  /** Newest event first: await it for one page, or iterate over all of them. */
  deliveries(webhookId: string, options?: ListDeliveriesOptions): PagePromise<WebhookDeliveryPage, WebhookDelivery>;
  redeliver(webhookId: string, deliveryId: string, options?: RequestOptions): Promise<WebhookDelivery>;
  /** As `unwrapWebhook`, which needs no client. */
  unwrap(body: string | Uint8Array, headers: WebhookHeaders, secret: string, options?: UnwrapOptions): Promise<WebhookEvent>;
}
interface ListWorkspacesOptions extends RequestOptions {
  /** 1 to 100; 20 unless told otherwise. */
  readonly limit?: number | undefined;
  /** `nextCursor` of the page before. */
  readonly cursor?: string | undefined;
}
/** Persistent workspaces. `dispatches.create` makes one, and goes on in one by its `workspaceId`. */
declare class Workspaces {
  #private;
  /** Newest use first: await it for one page, or iterate over all of them. */
  list(options?: ListWorkspacesOptions): PagePromise<WorkspacePage, Workspace>;
  /** Its size, its last dispatch, and who has it. */
  get(workspaceId: string, options?: RequestOptions): Promise<Workspace>;
  /** With its data. Rejects with a ConflictError while a dispatch has it or waits for it. Idempotent for a day. */
  delete(workspaceId: string, options?: RequestOptions): Promise<DeletedWorkspace>;
}
/**
 * A client of the Outpost API.
 *
 * @example
 * const outpost = new OutpostClient({ baseUrl: 'http://127.0.0.1:3000', apiKey });
 * const dispatch = await outpost.dispatches.create({ agent: 'codex', task: 'Add a test for the cart.', repo }).result();
 * console.log(dispatch.status, await outpost.artifacts.patch(dispatch.dispatchId));
 */
declare class OutpostClient {
  #private;
  readonly dispatches: Dispatches;
  readonly artifacts: Artifacts;
  readonly apiKeys: ApiKeys;
  readonly audit: Audit;
  readonly contextDocuments: ContextDocuments;
  readonly tenants: Tenants;
  readonly webhooks: Webhooks;
  readonly workspaces: Workspaces;
  constructor(options: ClientOptions);
  /** What the dispatches of the tenant came to in a month. */
  usage({ month, ...options }?: UsageOptions): Promise<Usage>;
  /** Every agent: available or why not, its load and its limits. */
  fleet(options?: RequestOptions): Promise<Fleet>;
  /** Whether the control plane serves, and its version. Needs no key. */
  health(options?: RequestOptions): Promise<Health>;
}
export { type AgentName, type ApiKey, type Artifact, type ArtifactList, type ArtifactName, type ArtifactSource, type AuditAction, type AuditEntry, type AuditPage, AuthenticationError, AuthorizationError, BudgetExceededError, type ClientOptions, ConflictError, type ContextDocument, type ContextDocumentName, type CreateApiKeyInput, type CreateDispatchInput, type CreateDispatchOptions, type CreateTenant, type CreateWebhook, type CreatedApiKey, type CreatedWebhook, type DeletedWorkspace, type Dispatch, type DispatchEvent, type DispatchEventPage, type DispatchPage, type DispatchPromise, type DispatchStatus, type ErrorCode, type ErrorDetail, type Failure, type FailureClass, type Fleet, type FollowOptions, type Followed, type GetDispatchOptions, type Health, InternalError, type Limits, type ListArtifactsOptions, type ListAuditQuery, type ListDeliveriesOptions, type ListDispatchesQuery, type ListWorkspacesOptions, type LogLine, type LogPage, type LogPageOptions, type ManifestKey, NotFoundError, OutpostApiError, OutpostClient, OutpostConnectionError, OutpostError, type OutpostErrorCode, OutpostTimeoutError, type PagePromise, PayloadTooLargeError, type PromoteInput, type Promoted, type Promotion, RateLimitExceededError, type RequestOptions, type Scope, ServiceUnavailableError, type SignedManifest, type Stage, type Tenant, UnexpectedAnswerError, type UnwrapOptions, type UpdateTenant, type UpdateWebhook, type Usage, type UsageOptions, ValidationError, type Verification, type WaitOptions, type Webhook, type WebhookAttempt, type WebhookDelivery, type WebhookDeliveryPage, type WebhookEvent, type WebhookHeaders, WebhookVerificationError, type Workspace, type WorkspacePage, unwrapWebhook };