import { z } from 'zod';
import { ARTIFACT_ROUTES } from './artifact-routes.js';
import { CONTEXT_ROUTES } from './context-documents.js';
import { CreateDispatchSchema } from './create-dispatch.js';
import { DOCUMENTATION_ROUTES } from './documentation-routes.js';
import { DispatchEventPageSchema, STAGE_EVENT_EXAMPLE } from './dispatch-events.js';
import { LOG_LINE_EXAMPLE, LogPageSchema } from './logs.js';
import { ACCEPTED_EXAMPLE, CANCELLED_EXAMPLE, RUNNING_EXAMPLE } from './dispatch-examples.js';
import { METRICS_ROUTES } from './metrics.js';
import { DispatchIdSchema } from './primitives.js';
import { PROMOTION_ROUTES } from './promotion-routes.js';
import {
  AuditQuerySchema,
  DispatchQuerySchema,
  EventsQuerySchema,
  IdempotencyHeaderSchema,
  LogQuerySchema,
  RunsQuerySchema,
} from './queries.js';
import type { RouteDefinition } from './route-definition.js';
import { TENANCY_ROUTES } from './tenancy-routes.js';
import { WORKSPACE_ROUTES } from './workspace-routes.js';
import {
  AuditPageSchema,
  DispatchPageSchema,
  DispatchSchema,
  FleetSchema,
  HealthSchema,
  ReadinessSchema,
} from './views.js';
import { WEBHOOK_ROUTES } from './webhook-routes.js';

const ACCEPTED_HEADERS = {
  Location: { description: 'The path of the dispatch.' },
  'Idempotent-Replayed': {
    description: '`true` when this is the first answer again, to a repeat with the same Idempotency-Key.',
  },
} as const;

const LOG_STREAM = `event: log
id: 1
data: ${JSON.stringify(LOG_LINE_EXAMPLE)}

event: end
data: {"status":"COMPLETED"}

`;

const EVENT_STREAM = `event: dispatch.stage
id: ${STAGE_EVENT_EXAMPLE.eventId}
data: ${JSON.stringify(STAGE_EVENT_EXAMPLE)}

event: end
data: {"status":"COMPLETED"}

`;

const dispatchParams = z.strictObject({ dispatchId: DispatchIdSchema });

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
        example: ACCEPTED_EXAMPLE,
      },
    },
    errors: ['BUDGET_EXCEEDED', 'NOT_FOUND', 'CONFLICT'],
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
      200: { description: 'CANCELLED.', schema: DispatchSchema, example: CANCELLED_EXAMPLE },
      202: {
        description: 'The running worker is being stopped; CANCELLED follows.',
        schema: DispatchSchema,
        example: { ...RUNNING_EXAMPLE, cancelRequestedAt: '2026-11-23T12:00:40.000Z' },
      },
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
        example: {
          ...ACCEPTED_EXAMPLE,
          dispatchId: '01K4ZM3Q8N5R7T9V1X3Z5B7D9F',
          retryOf: ACCEPTED_EXAMPLE.dispatchId,
        },
      },
    },
    errors: ['BUDGET_EXCEEDED', 'NOT_FOUND', 'CONFLICT'],
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
      200: {
        description:
          'A page of the log, or a stream of server-sent events that ends when the dispatch has ended.',
        schema: LogPageSchema,
        eventStream: LOG_STREAM,
      },
    },
    errors: ['NOT_FOUND'],
  },
  dispatchEvents: {
    method: 'get',
    path: '/dispatch/:dispatchId/events',
    access: 'status',
    summary:
      'What has happened to a dispatch, in pages; with `Accept: text/event-stream` it is followed, resumable by Last-Event-ID.',
    params: dispatchParams,
    query: EventsQuerySchema,
    responses: {
      200: {
        description:
          'A page of events, or a stream of server-sent events that ends when the dispatch has ended.',
        schema: DispatchEventPageSchema,
        eventStream: EVENT_STREAM,
      },
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
  ...ARTIFACT_ROUTES,
  listAudit: {
    method: 'get',
    path: '/audit',
    access: 'admin',
    summary:
      'What was done in the tenant, newest first, and what was denied. Secrets are named, never shown.',
    query: AuditQuerySchema,
    responses: { 200: { description: 'A page of entries.', schema: AuditPageSchema } },
  },
  ...CONTEXT_ROUTES,
  ...PROMOTION_ROUTES,
  ...TENANCY_ROUTES,
  ...METRICS_ROUTES,
  ...WEBHOOK_ROUTES,
  ...WORKSPACE_ROUTES,
  ...DOCUMENTATION_ROUTES,
} as const satisfies Record<string, RouteDefinition>;

export type RouteTable = typeof TABLE;
export type OperationId = keyof RouteTable;
export const ROUTES: RouteTable = TABLE;
