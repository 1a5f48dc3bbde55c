import { z } from 'zod';
import { ApiKeySchema, CreateApiKeySchema, CreatedApiKeySchema, RotateApiKeySchema } from './api-keys.js';
import { UsageQuerySchema } from './queries.js';
import type { RouteDefinition } from './route-definition.js';
import {
  CreateTenantSchema,
  TenantIdSchema,
  TenantSchema,
  UpdateTenantSchema,
  UsageSchema,
} from './tenants.js';

const KEY_HEADERS = { Location: { description: 'The path of the key.' } } as const;
const TENANT_HEADERS = { Location: { description: 'The path of the tenant.' } } as const;

const apiKeyParams = z.strictObject({ apiKeyId: z.uuid() });
const tenantParams = z.strictObject({ tenantId: TenantIdSchema });

/** Who may call, and what they may spend. */
export const TENANCY_ROUTES = {
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
  getUsage: {
    method: 'get',
    path: '/usage',
    access: 'list',
    summary: 'What the dispatches of the tenant came to in a month, and what they may.',
    query: UsageQuerySchema,
    responses: { 200: { description: 'The month.', schema: UsageSchema } },
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
  getTenantUsage: {
    method: 'get',
    path: '/tenants/:tenantId/usage',
    access: 'operator',
    summary: 'What the dispatches of a tenant came to in a month.',
    params: tenantParams,
    query: UsageQuerySchema,
    responses: { 200: { description: 'The month.', schema: UsageSchema } },
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
} as const satisfies Record<string, RouteDefinition>;
