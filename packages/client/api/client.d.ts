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
type ArtifactName = ("task.md" | "context.json" | "output.log" | "changes.patch" | "repo.bundle" | "summary.json");
/**
 * A size of worker.
 */
type TierName = ("fast" | "balanced" | "flagship");
type FailureClass = ("launch_failed" | "capacity_unavailable" | "image_unavailable" | "spot_interrupted" | "out_of_memory" | "worker_lost" | "repository_unreachable" | "workspace_failed" | "agent_missing" | "agent_authentication" | "agent_rate_limited" | "model_unavailable" | "agent_incomplete" | "agent_crashed" | "collect_failed" | "upload_failed" | "phase_timed_out" | "timed_out" | "cancelled" | "internal");
/**
 * A call that changes something; any call that was denied; a secret that was named in a dispatch, handed to its worker, or read by the worker.
 */
type AuditAction = ("access.denied" | "api_key.create" | "api_key.revoke" | "api_key.rotate" | "dispatch.cancel" | "dispatch.create" | "dispatch.retry" | "secret.inject" | "secret.read" | "secret.validate" | "tenant.create" | "tenant.update");
/**
 * A ULID.
 */
type DispatchId = string;
type Cursor = string;
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
type TenantId = string;
type HostPattern = string;
type WorkspaceId = string;
/**
 * Milliseconds spent in each stage of the last attempt.
 */
type StageTimings = Partial<Record<'queue' | 'launch' | 'claim' | 'workspace' | 'clone' | 'context' | 'run' | 'collect' | 'upload' | 'report', number>>;
type LogKind = ("text" | "tool" | "result" | "error" | "raw" | "system");
/**
 * A phase of the worker.
 */
type Stage = ("claim" | "workspace" | "clone" | "context" | "run" | "collect" | "upload" | "report");
/**
 * What went wrong; each code has one HTTP status.
 */
type ErrorCode = ("VALIDATION_ERROR" | "AUTHENTICATION_ERROR" | "BUDGET_EXCEEDED" | "AUTHORIZATION_ERROR" | "NOT_FOUND" | "CONFLICT" | "PAYLOAD_TOO_LARGE" | "RATE_LIMIT_EXCEEDED" | "INTERNAL_ERROR" | "SERVICE_UNAVAILABLE");
/**
 * A calendar month in UTC.
 */
type Month = string;
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
  name: ArtifactName;
  sizeBytes: number;
  contentType: string;
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
  startedAt?: undefined | string;
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
   * Hosts that its repositories may be on, of those of OUTPOST_REPOSITORY_HOSTS; else all of these.
   *
   * @minItems 1
   * @maxItems 100
   */
  repositoryHosts?: undefined | HostPattern[];
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
  timeoutSeconds: number;
  tags: {
    [k: string]: string;
  };
  /**
   * Names, never values.
   */
  secrets: string[];
  /**
   * A ULID.
   */
  retryOf?: undefined | string;
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
  stage?: undefined | ("claim" | "workspace" | "clone" | "context" | "run" | "collect" | "upload" | "report");
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
  changes?: undefined | Changes;
  timings?: undefined | StageTimings;
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
interface LogLine {
  at: Timestamp;
  kind: LogKind;
  text: string;
}
interface ErrorDetail {
  /**
   * Where, e.g. `body.timeoutSeconds`.
   */
  path: string;
  message: string;
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
interface RunsQuery {
  status?: undefined | DispatchStatus;
  agent?: undefined | AgentName;
  repo?: undefined | Repository;
  userId?: undefined | string;
  since?: undefined | string;
  limit: number;
  cursor?: undefined | Cursor;
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
  repositoryHosts?: undefined | (HostPattern[] | null);
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
   * persistent keeps the workspace for later dispatches (workspaceId).
   */
  workspaceMode?: undefined | ("ephemeral" | "persistent");
  /**
   * Continue in this persistent workspace.
   */
  workspaceId?: undefined | string;
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
  /** Newest first: await it for one page, or iterate over all of them. */
  list(query?: ListDispatchesQuery, options?: RequestOptions): PagePromise<DispatchPage, Dispatch>;
  /** The log as far as it is there: await it for one page, or iterate over all its lines. */
  logs(dispatchId: string, options?: LogPageOptions): PagePromise<LogPage, LogLine>;
  /** The log as it grows, to its end; reconnects by itself. Returns the status the dispatch ended with. */
  followLogs(dispatchId: string, options?: FollowOptions): AsyncGenerator<Followed<LogLine>, DispatchStatus, undefined>;
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
  readonly tenants: Tenants;
  constructor(options: ClientOptions);
  /** What the dispatches of the tenant came to in a month. */
  usage({ month, ...options }?: UsageOptions): Promise<Usage>;
  /** Every agent: available or why not, its load and its limits. */
  fleet(options?: RequestOptions): Promise<Fleet>;
}
export { type AgentName, type ApiKey, type Artifact, type ArtifactList, type ArtifactName, type ArtifactSource, type AuditAction, type AuditEntry, type AuditPage, AuthenticationError, AuthorizationError, BudgetExceededError, type ClientOptions, ConflictError, type CreateApiKeyInput, type CreateDispatchInput, type CreateDispatchOptions, type CreateTenant, type CreatedApiKey, type Dispatch, type DispatchPage, type DispatchPromise, type DispatchStatus, type ErrorCode, type ErrorDetail, type Failure, type FailureClass, type Fleet, type FollowOptions, type Followed, type GetDispatchOptions, InternalError, type Limits, type ListArtifactsOptions, type ListAuditQuery, type ListDispatchesQuery, type LogLine, type LogPage, type LogPageOptions, NotFoundError, OutpostApiError, OutpostClient, OutpostConnectionError, OutpostError, type OutpostErrorCode, OutpostTimeoutError, type PagePromise, PayloadTooLargeError, RateLimitExceededError, type RequestOptions, type Scope, ServiceUnavailableError, type Stage, type Tenant, UnexpectedAnswerError, type UpdateTenant, type Usage, type UsageOptions, ValidationError, type WaitOptions };