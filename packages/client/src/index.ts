export type { CreatedApiKey } from './api-keys.js';
export type { ListArtifactsOptions } from './artifacts.js';
export { OutpostClient } from './client.js';
export type {
  CreateDispatchOptions,
  GetDispatchOptions,
  ListDispatchesQuery,
  LogPageOptions,
  PromoteInput,
  WaitOptions,
} from './dispatches.js';
export { OutpostApiError, OutpostConnectionError } from './errors.js';
export type { FollowedLine, FollowLogsOptions } from './follow-logs.js';
export type { ClientOptions, RequestOptions } from './transport.js';
