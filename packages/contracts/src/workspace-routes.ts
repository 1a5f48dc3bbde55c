import { z } from 'zod';
import { WorkspaceIdSchema } from './primitives.js';
import { WorkspacesQuerySchema } from './queries.js';
import type { RouteDefinition } from './route-definition.js';
import { DeletedWorkspaceSchema, WorkspacePageSchema, WorkspaceSchema } from './workspaces.js';

const workspaceParams = z.strictObject({ workspaceId: WorkspaceIdSchema });

/** Persistent workspaces. POST /dispatch makes them, and continues in them. */
export const WORKSPACE_ROUTES = {
  listWorkspaces: {
    method: 'get',
    path: '/workspaces',
    access: 'list',
    summary: 'Persistent workspaces of the tenant, newest use first.',
    query: WorkspacesQuerySchema,
    responses: { 200: { description: 'A page of workspaces.', schema: WorkspacePageSchema } },
  },
  getWorkspace: {
    method: 'get',
    path: '/workspaces/:workspaceId',
    access: 'list',
    summary: 'A persistent workspace: its size, its last dispatch, and who has it.',
    params: workspaceParams,
    responses: { 200: { description: 'The workspace.', schema: WorkspaceSchema } },
    errors: ['NOT_FOUND'],
  },
  deleteWorkspace: {
    method: 'delete',
    path: '/workspaces/:workspaceId',
    access: 'dispatch',
    audit: 'workspace.delete',
    summary:
      'Deletes a workspace with its data. Idempotent for a day; 409 while a dispatch works in it or waits for it.',
    params: workspaceParams,
    responses: {
      200: { description: 'No dispatch gets it any more; its data goes.', schema: DeletedWorkspaceSchema },
    },
    errors: ['NOT_FOUND', 'CONFLICT', 'SERVICE_UNAVAILABLE'],
  },
} as const satisfies Record<string, RouteDefinition>;
