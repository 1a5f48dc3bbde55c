import { PromotedSchema, PromoteSchema } from '@outpost/contracts';
import { defineTool } from '../tool.js';

export const promoteTool = defineTool({
  name: 'outpost_promote',
  title: 'Promote a dispatch',
  description:
    'Pushes what a dispatch has changed as a branch to its repository, and opens or updates its pull request. A repeat answers the same.',
  input: PromoteSchema.shape,
  output: PromotedSchema.shape,
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: true },
  call: async ({ dispatchId, ...input }, { client, signal }) =>
    client.dispatches.promote(dispatchId, input, { signal }),
});
