import {
  CursorSchema,
  DeletedWorkspaceSchema,
  LIMITS,
  WorkspaceIdSchema,
  WorkspacePageSchema,
} from '@outpost/contracts';
import { z } from 'zod';
import { defineTool } from '../tool.js';

export const listWorkspacesTool = defineTool({
  name: 'outpost_list_workspaces',
  title: 'List workspaces',
  description:
    'Workspaces that were kept, newest use first: their repository, size, and whether a dispatch has them. outpost_dispatch goes on in one by its workspaceId.',
  input: {
    limit: z.int().min(1).max(LIMITS.pageMaxItems).default(LIMITS.pageDefaultItems),
    cursor: CursorSchema.optional(),
  },
  output: WorkspacePageSchema.shape,
  annotations: { readOnlyHint: true, openWorldHint: false },
  call: async ({ limit, cursor }, { client, signal }) => client.workspaces.list({ limit, cursor, signal }),
});

export const deleteWorkspaceTool = defineTool({
  name: 'outpost_delete_workspace',
  title: 'Delete a workspace',
  description:
    'Deletes a workspace that was kept, with its data. Refused while a dispatch has it or waits for it.',
  input: { workspaceId: WorkspaceIdSchema },
  output: DeletedWorkspaceSchema.shape,
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
  call: async ({ workspaceId }, { client, signal }) => client.workspaces.delete(workspaceId, { signal }),
});
