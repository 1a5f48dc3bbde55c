import { DispatchSchema, LIMITS, RunsQuerySchema, type Dispatch } from '@outpost/contracts';
import { z } from 'zod';
import { defineTool } from '../tool.js';

/** Whole tasks would fill the context of whoever lists them. */
const TASK_MAX_CHARACTERS = 200;

const RunSchema = DispatchSchema.pick({
  dispatchId: true,
  status: true,
  agent: true,
  modelId: true,
  task: true,
  repo: true,
  branch: true,
  userId: true,
  workspaceId: true,
  createdAt: true,
  completedAt: true,
  changes: true,
  cost: true,
  failure: true,
});
type Run = z.infer<typeof RunSchema>;

export const listRunsTool = defineTool({
  name: 'outpost_list_runs',
  title: 'List dispatches',
  description: `Dispatches, newest first, in short: of a task the first ${TASK_MAX_CHARACTERS} characters. outpost_status has the rest.`,
  input: {
    ...RunsQuerySchema.omit({ limit: true }).shape,
    limit: z.int().min(1).max(LIMITS.pageMaxItems).default(LIMITS.pageDefaultItems),
  },
  output: {
    runs: z.array(RunSchema),
    nextCursor: z.string().optional().meta({ description: 'Absent on the last page.' }),
  },
  annotations: { readOnlyHint: true, openWorldHint: false },
  call: async (query, { client, signal }) => {
    const { runs, nextCursor } = await client.dispatches.list(query, { signal });
    return { runs: runs.map(inShort), nextCursor };
  },
});

function inShort(dispatch: Dispatch): Run {
  const { task } = dispatch;
  const isLong = task.length > TASK_MAX_CHARACTERS;
  // What is not in the schema is taken off by it.
  return z.object(RunSchema.shape).parse({
    ...dispatch,
    task: isLong ? `${task.slice(0, TASK_MAX_CHARACTERS).toWellFormed()}…` : task,
  });
}
