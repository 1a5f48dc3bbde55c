import { z } from 'zod';
import { ApiKeySchema, CreateApiKeySchema, CreatedApiKeySchema, RotateApiKeySchema } from './api-keys.js';
import { ArtifactListSchema, ArtifactNameSchema } from './artifacts.js';
import type { AuditAction } from './audit.js';
import { CreateDispatchSchema } from './create-dispatch.js';
import type { ErrorCode } from './errors.js';
import { LogPageSchema } from './logs.js';
import { DispatchIdSchema } from './primitives.js';
import {
  ArtifactsQuerySchema,
  AuditQuerySchema,
  DispatchQuerySchema,
  DownloadQuerySchema,
  IdempotencyHeaderSchema,
  LogQuerySchema,
  RunsQuerySchema,
} from './queries.js';
import type { Scope } from './scopes.js';
import { CreateTenantSchema, TenantIdSchema, TenantSchema, UpdateTenantSchema } from './tenants.js';
import {
  AuditPageSchema,
  DispatchPageSchema,
  DispatchSchema,
  FleetSchema,
  HealthSchema,
  ReadinessSchema,
} from './views.js';

export interface RouteResponse {
  readonly description: string;
  /** Absent: the answer has no JSON body (see `contentType`). */
  readonly schema?: z.ZodType;
  readonly contentType?: string;
  /** By name. */
  readonly headers?: Readonly<Record<string, { readonly description: string }>>;
}

/** One operation of the API. The table feeds routing, authorisation, validation and OpenAPI. */
export interface RouteDefinition {
  readonly method: 'get' | 'post' | 'patch' | 'delete';
  /** With `:name` parameters. */
  readonly path: string;
  /** `public` needs no key; `signed` a signature in the query; `operator` an admin key of tenant `default`. */
  readonly access: Scope | 'public' | 'signed' | 'operator';
  readonly summary: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly header?: z.ZodObject;
  readonly json?: z.ZodType;
  readonly responses: Readonly<Record<number, RouteResponse>>;
  /** As what a call is recorded. Every route that changes something has one. */
  readonly audit?: AuditAction;
  /** Errors besides those that every route of its access can answer. */
  readonly errors?: readonly ErrorCode[];
}

const ACCEPTED_HEADERS = {
  Location: { description: 'The path of the dispatch.' },
  'Idempotent-Replayed': {
    description: '`true` when this is the first answer again, to a repeat with the same Idempotency-Key.',
  },
} as const;

const TENANT_HEADERS = { Location: { description: 'The path of the tenant.' } } as const;
const KEY_HEADERS = { Location: { description: 'The path of the key.' } } as const;

const dispatchParams = z.strictObject({ dispatchId: DispatchIdSchema });

const tenantParams = z.strictObject({ tenantId: TenantIdSchema });
const apiKeyParams = z.strictObject({ apiKeyId: z.uuid() });

const TABLE = {
  health: {
    method: 'get',
    path: '/health',
    access: 'public',
    summary: 'Answers while the process serves; reads nothing.',
    responses: { 200: { description: 'Serving.', schema: HealthSchema } },
  },
  healthLive: {
    method: 'get',
    path: '/health/live',
    access: 'public',
    summary: 'The same, under the name that orchestrators expect.',
    responses: { 200: { description: 'Serving.', schema: HealthSchema } },
  },
  healthReady: {
    method: 'get',
    path: '/health/ready',
    access: 'public',
    summary: 'Whether the store answers and the server is not shutting down.',
    responses: {
      200: { description: 'Ready.', schema: ReadinessSchema },
      503: { description: 'Not ready.', schema: ReadinessSchema },
    },
  },
  createDispatch: {
    method: 'post',
    path: '/dispatch',
    access: 'dispatch',
    audit: 'dispatch.create',
    summary: 'Dispatches a task to an agent.',
    header: IdempotencyHeaderSchema,
    json: CreateDispatchSchema,
    responses: {
      202: {
        description: 'Accepted and durable: PENDING, or QUEUED when no slot is free.',
        schema: DispatchSchema,
        headers: ACCEPTED_HEADERS,
      },
    },
    errors: ['NOT_FOUND', 'CONFLICT', 'PAYLOAD_TOO_LARGE', 'SERVICE_UNAVAILABLE'],
  },
  getDispatch: {
    method: 'get',
    path: '/dispatch/:dispatchId',
    access: 'status',
    summary: 'A dispatch and, once it has ended, its result.',
    params: dispatchParams,
    query: DispatchQuerySchema,
    responses: { 200: { description: 'The dispatch.', schema: DispatchSchema } },
    errors: ['NOT_FOUND'],
  },
  cancelDispatch: {
    method: 'delete',
    path: '/dispatch/:dispatchId',
    access: 'cancel',
    audit: 'dispatch.cancel',
    summary: 'Cancels a dispatch. Idempotent; 409 when it has already ended otherwise.',
    params: dispatchParams,
    responses: {
      200: { description: 'CANCELLED.', schema: DispatchSchema },
      202: { description: 'The running worker is being stopped; CANCELLED follows.', schema: DispatchSchema },
    },
    errors: ['NOT_FOUND', 'CONFLICT'],
  },
  retryDispatch: {
    method: 'post',
    path: '/dispatch/:dispatchId/retry',
    access: 'dispatch',
    audit: 'dispatch.retry',
    summary: 'Dispatches the input of one that has ended once more, as a new dispatch with `retryOf`.',
    params: dispatchParams,
    header: IdempotencyHeaderSchema,
    responses: {
      202: {
        description: 'Accepted and durable, as by POST /dispatch.',
        schema: DispatchSchema,
        headers: ACCEPTED_HEADERS,
      },
    },
    errors: ['NOT_FOUND', 'CONFLICT', 'PAYLOAD_TOO_LARGE', 'SERVICE_UNAVAILABLE'],
  },
  dispatchLogs: {
    method: 'get',
    path: '/dispatch/:dispatchId/logs',
    access: 'status',
    summary:
      'The log, in pages; with `Accept: text/event-stream` it is followed, resumable by Last-Event-ID.',
    params: dispatchParams,
    query: LogQuerySchema,
    responses: {
      200: { description: 'A page of the log (or a stream of server-sent events).', schema: LogPageSchema },
    },
    errors: ['NOT_FOUND'],
  },
  listRuns: {
    method: 'get',
    path: '/runs',
    access: 'list',
    summary: 'Dispatches of the tenant, newest first.',
    query: RunsQuerySchema,
    responses: { 200: { description: 'A page of dispatches.', schema: DispatchPageSchema } },
  },
  fleet: {
    method: 'get',
    path: '/fleet',
    access: 'status',
    summary: 'Every agent: available or why not, load, limits, success rate, durations.',
    responses: { 200: { description: 'The fleet.', schema: FleetSchema } },
  },
  listArtifacts: {
    method: 'get',
    path: '/artifacts/:dispatchId',
    access: 'status',
    summary: 'The artifacts of a dispatch, with URLs that expire.',
    params: dispatchParams,
    query: ArtifactsQuerySchema,
    responses: { 200: { description: 'The artifacts.', schema: ArtifactListSchema } },
    errors: ['NOT_FOUND'],
  },
  downloadArtifact: {
    method: 'get',
    path: '/artifacts/:dispatchId/:name',
    access: 'signed',
    summary: 'Downloads one artifact through a signed URL (local mode; on AWS the URLs lead to S3).',
    params: dispatchParams.extend({ name: ArtifactNameSchema }),
    query: DownloadQuerySchema,
    responses: { 200: { description: 'The bytes.', contentType: 'application/octet-stream' } },
    errors: ['AUTHORIZATION_ERROR', 'NOT_FOUND'],
  },
  createApiKey: {
    method: 'post',
    path: '/api-keys',
    access: 'admin',
    audit: 'api_key.create',
    summary: 'Makes an API key for the tenant. Its value is shown this once.',
    json: CreateApiKeySchema,
    responses: { 201: { description: 'The key.', schema: CreatedApiKeySchema, headers: KEY_HEADERS } },
  },
  listApiKeys: {
    method: 'get',
    path: '/api-keys',
    access: 'admin',
    summary: 'The API keys of the tenant.',
    responses: {
      200: { description: 'The keys.', schema: z.strictObject({ apiKeys: z.array(ApiKeySchema) }) },
    },
  },
  rotateApiKey: {
    method: 'post',
    path: '/api-keys/:apiKeyId/rotate',
    access: 'admin',
    audit: 'api_key.rotate',
    summary: 'Makes a key that takes the place of this one, which works on for a while.',
    params: apiKeyParams,
    json: RotateApiKeySchema,
    responses: { 201: { description: 'The new key.', schema: CreatedApiKeySchema, headers: KEY_HEADERS } },
    errors: ['NOT_FOUND', 'CONFLICT'],
  },
  revokeApiKey: {
    method: 'delete',
    path: '/api-keys/:apiKeyId',
    access: 'admin',
    audit: 'api_key.revoke',
    summary: 'Revokes an API key, everywhere within seconds. Idempotent.',
    params: apiKeyParams,
    responses: { 200: { description: 'The revoked key.', schema: ApiKeySchema } },
    errors: ['NOT_FOUND'],
  },
  listAudit: {
    method: 'get',
    path: '/audit',
    access: 'admin',
    summary:
      'What was done in the tenant, newest first, and what was denied. Secrets are named, never shown.',
    query: AuditQuerySchema,
    responses: { 200: { description: 'A page of entries.', schema: AuditPageSchema } },
  },
  createTenant: {
    method: 'post',
    path: '/tenants',
    access: 'operator',
    audit: 'tenant.create',
    summary: 'Creates a tenant. Its first key comes from POST /tenants/:tenantId/api-keys.',
    json: CreateTenantSchema,
    responses: { 201: { description: 'The tenant.', schema: TenantSchema, headers: TENANT_HEADERS } },
    errors: ['CONFLICT'],
  },
  listTenants: {
    method: 'get',
    path: '/tenants',
    access: 'operator',
    summary: 'All tenants that were created.',
    responses: {
      200: { description: 'The tenants.', schema: z.strictObject({ tenants: z.array(TenantSchema) }) },
    },
  },
  getTenant: {
    method: 'get',
    path: '/tenants/:tenantId',
    access: 'operator',
    summary: 'A tenant, with what is set for it.',
    params: tenantParams,
    responses: { 200: { description: 'The tenant.', schema: TenantSchema } },
    errors: ['NOT_FOUND'],
  },
  updateTenant: {
    method: 'patch',
    path: '/tenants/:tenantId',
    access: 'operator',
    audit: 'tenant.update',
    summary: 'Suspends a tenant or lets it go on, and sets its limits; in force everywhere within seconds.',
    params: tenantParams,
    json: UpdateTenantSchema,
    responses: { 200: { description: 'The tenant as it is now.', schema: TenantSchema } },
    errors: ['NOT_FOUND'],
  },
  createTenantApiKey: {
    method: 'post',
    path: '/tenants/:tenantId/api-keys',
    access: 'operator',
    audit: 'api_key.create',
    summary: 'Makes an API key of a tenant. Its value is shown this once.',
    params: tenantParams,
    json: CreateApiKeySchema,
    responses: { 201: { description: 'The key.', schema: CreatedApiKeySchema, headers: KEY_HEADERS } },
    errors: ['NOT_FOUND'],
  },
  openApi: {
    method: 'get',
    path: '/openapi.json',
    access: 'public',
    summary: 'This API as an OpenAPI 3.1 document.',
    responses: { 200: { description: 'The document.', schema: z.looseObject({ openapi: z.string() }) } },
  },
} as const satisfies Record<string, RouteDefinition>;

export type RouteTable = typeof TABLE;
export type OperationId = keyof RouteTable;
export const ROUTES: RouteTable = TABLE;
