export type {
  AgentName,
  ApiKey,
  Artifact,
  ArtifactList,
  ArtifactName,
  AuditAction,
  AuditEntry,
  AuditPage,
  ContextDocument,
  ContextDocumentName,
  CreatedApiKey,
  CreateDispatchInput,
  CreateTenant,
  DeletedWorkspace,
  CreatedWebhook,
  CreateWebhook,
  Dispatch,
  DispatchEvent,
  DispatchEventPage,
  DispatchPage,
  DispatchStatus,
  ErrorCode,
  ErrorDetail,
  Failure,
  FailureClass,
  Fleet,
  Health,
  LogLine,
  LogPage,
  ManifestKey,
  Promoted,
  Promotion,
  Scope,
  SignedManifest,
  Stage,
  Tenant,
  UpdateTenant,
  UpdateWebhook,
  Usage,
  Verification,
  Webhook,
  WebhookAttempt,
  WebhookDelivery,
  WebhookDeliveryPage,
  WebhookEvent,
  Workspace,
  WorkspacePage,
} from '@outpost/contracts';
export type { CreateApiKeyInput } from './api-keys.js';
export type { ArtifactSource, ListArtifactsOptions } from './artifacts.js';
export type { ListAuditQuery } from './audit.js';
export { OutpostClient } from './client.js';
export type {
  CreateDispatchOptions,
  DispatchPromise,
  GetDispatchOptions,
  ListDispatchesQuery,
  LogPageOptions,
  PromoteInput,
} from './dispatches.js';
export {
  AuthenticationError,
  AuthorizationError,
  BudgetExceededError,
  ConflictError,
  InternalError,
  NotFoundError,
  OutpostApiError,
  OutpostConnectionError,
  OutpostError,
  OutpostTimeoutError,
  PayloadTooLargeError,
  RateLimitExceededError,
  ServiceUnavailableError,
  UnexpectedAnswerError,
  ValidationError,
  type OutpostErrorCode,
} from './errors.js';
export type { Followed, FollowOptions } from './follow.js';
export type { ClientOptions, Limits, RequestOptions } from './options.js';
export type { PagePromise } from './pages.js';
export type { UsageOptions } from './tenants.js';
export type { WaitOptions } from './wait.js';
export type { ListWorkspacesOptions } from './workspaces.js';
export {
  unwrapWebhook,
  WebhookVerificationError,
  type UnwrapOptions,
  type WebhookHeaders,
} from './unwrap-webhook.js';
export type { ListDeliveriesOptions } from './webhooks.js';
