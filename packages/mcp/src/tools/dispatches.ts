import {
  CreateDispatchSchema,
  DispatchIdSchema,
  DispatchSchema,
  IdempotencyHeaderSchema,
  LIMITS,
} from '@outpost/contracts';
import { z } from 'zod';
import { defineTool } from '../tool.js';
import { waitFor } from '../wait.js';

const waitSeconds = z.int().min(0).max(600).default(0).meta({
  description:
    'Wait so long for the end, then answer with what there is. 0 answers at once. Call outpost_status to wait on.',
});

export const dispatchTool = defineTool({
  name: 'outpost_dispatch',
  title: 'Dispatch a coding task',
  description:
    'Gives a coding task to an agent CLI (claude, codex, gemini, aider, grok) in a sandbox of its own, on a fresh clone of a repository. ' +
    'Answers with a dispatchId; the change comes back as a patch: resource outpost://dispatch/{dispatchId}/patch.',
  input: {
    ...CreateDispatchSchema.shape,
    idempotencyKey: IdempotencyHeaderSchema.shape['idempotency-key'].meta({
      description: 'A repeat with the same key answers the first dispatch instead of making another.',
    }),
    waitSeconds,
  },
  output: DispatchSchema.shape,
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: true },
  call: async ({ waitSeconds: seconds, idempotencyKey, ...input }, context) => {
    const { client, signal } = context;
    const created = await client.dispatches.create(input, { idempotencyKey, signal });
    if (seconds === 0) return created;
    return waitFor({ dispatchId: created.dispatchId, waitSeconds: seconds, context });
  },
});

export const statusTool = defineTool({
  name: 'outpost_status',
  title: 'Status of a dispatch',
  description:
    'How a dispatch stands and, once it has ended, its result: status, the last message of the agent, what changed, cost, failure with a hint. ' +
    'With waitSeconds it waits for the end.',
  input: {
    dispatchId: DispatchIdSchema,
    logs: z
      .int()
      .min(1)
      .max(LIMITS.recentLogMaxLines)
      .optional()
      .meta({ description: 'Also the last so many lines of the log.' }),
    waitSeconds,
  },
  output: DispatchSchema.shape,
  annotations: { readOnlyHint: true, openWorldHint: false },
  call: async ({ dispatchId, logs, waitSeconds: seconds }, context) =>
    waitFor({ dispatchId, waitSeconds: seconds, logs, context }),
});

export const cancelTool = defineTool({
  name: 'outpost_cancel',
  title: 'Cancel a dispatch',
  description:
    'Cancels a dispatch; what the agent has done so far is kept. Of a running one the answer may still be RUNNING: outpost_status sees it end.',
  input: { dispatchId: DispatchIdSchema },
  output: DispatchSchema.shape,
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
  call: async ({ dispatchId }, { client, signal }) => client.dispatches.cancel(dispatchId, { signal }),
});
