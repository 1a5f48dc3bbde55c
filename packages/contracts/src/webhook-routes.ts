import { z } from 'zod';
import { DispatchIdSchema } from './primitives.js';
import { WebhookDeliveriesQuerySchema } from './queries.js';
import type { RouteDefinition } from './route-definition.js';
import {
  CreatedWebhookSchema,
  CreateWebhookSchema,
  RotateWebhookSchema,
  UpdateWebhookSchema,
  WebhookAttemptSchema,
  WebhookDeliveryPageSchema,
  WebhookDeliverySchema,
  WebhookSchema,
} from './webhooks.js';

const LOCATION = { Location: { description: 'The path of the webhook.' } } as const;

const webhookParams = z.strictObject({ webhookId: z.uuid() });
const deliveryParams = webhookParams.extend({ deliveryId: DispatchIdSchema });

/** Where events are sent to, and what became of them. */
export const WEBHOOK_ROUTES = {
  createWebhook: {
    method: 'post',
    path: '/webhooks',
    access: 'admin',
    audit: 'webhook.create',
    summary: 'Has events of the tenant sent to a URL. The secret that signs them is shown this once.',
    json: CreateWebhookSchema,
    responses: { 201: { description: 'The webhook.', schema: CreatedWebhookSchema, headers: LOCATION } },
    errors: ['CONFLICT'],
  },
  listWebhooks: {
    method: 'get',
    path: '/webhooks',
    access: 'admin',
    summary: 'The webhooks of the tenant.',
    responses: {
      200: { description: 'The webhooks.', schema: z.strictObject({ webhooks: z.array(WebhookSchema) }) },
    },
  },
  getWebhook: {
    method: 'get',
    path: '/webhooks/:webhookId',
    access: 'admin',
    summary: 'A webhook.',
    params: webhookParams,
    responses: { 200: { description: 'The webhook.', schema: WebhookSchema } },
    errors: ['NOT_FOUND'],
  },
  updateWebhook: {
    method: 'patch',
    path: '/webhooks/:webhookId',
    access: 'admin',
    audit: 'webhook.update',
    summary: 'Changes a webhook. One that was disabled goes on with `status: active`.',
    params: webhookParams,
    json: UpdateWebhookSchema,
    responses: { 200: { description: 'The webhook as it is now.', schema: WebhookSchema } },
    errors: ['NOT_FOUND'],
  },
  deleteWebhook: {
    method: 'delete',
    path: '/webhooks/:webhookId',
    access: 'admin',
    audit: 'webhook.delete',
    summary: 'Deletes a webhook with its deliveries.',
    params: webhookParams,
    responses: { 200: { description: 'The webhook as it was.', schema: WebhookSchema } },
    errors: ['NOT_FOUND'],
  },
  rotateWebhook: {
    method: 'post',
    path: '/webhooks/:webhookId/rotate',
    access: 'admin',
    audit: 'webhook.rotate',
    summary: 'Makes a new secret, shown this once. For a while requests carry the signatures of both.',
    params: webhookParams,
    json: RotateWebhookSchema,
    responses: { 200: { description: 'The webhook.', schema: CreatedWebhookSchema } },
    errors: ['NOT_FOUND'],
  },
  testWebhook: {
    method: 'post',
    path: '/webhooks/:webhookId/test',
    access: 'admin',
    audit: 'webhook.test',
    summary: 'Sends a `webhook.test` event at once, and answers what became of it.',
    params: webhookParams,
    responses: { 200: { description: 'The attempt.', schema: WebhookAttemptSchema } },
    errors: ['NOT_FOUND'],
  },
  listWebhookDeliveries: {
    method: 'get',
    path: '/webhooks/:webhookId/deliveries',
    access: 'admin',
    summary: 'Events on their way to a webhook or past it, newest event first.',
    params: webhookParams,
    query: WebhookDeliveriesQuerySchema,
    responses: { 200: { description: 'A page of deliveries.', schema: WebhookDeliveryPageSchema } },
    errors: ['NOT_FOUND'],
  },
  redeliverWebhook: {
    method: 'post',
    path: '/webhooks/:webhookId/deliveries/:deliveryId/redeliver',
    access: 'admin',
    audit: 'webhook.redeliver',
    summary: 'Has an event sent once more, with all its tries.',
    params: deliveryParams,
    responses: { 202: { description: 'It will be sent.', schema: WebhookDeliverySchema } },
    errors: ['NOT_FOUND', 'CONFLICT'],
  },
} as const satisfies Record<string, RouteDefinition>;
