import { z } from 'zod';
import { AgentNameSchema } from './agents.js';
import { LIMITS } from './limits.js';
import { DispatchIdSchema, WorkspaceIdSchema } from './primitives.js';
import { PromoteAheadSchema } from './promotions.js';
import { BranchSchema, RepositorySchema } from './repository.js';
import { TierNameSchema } from './tiers.js';
import { VerifyAttemptsSchema, VerifyCommandSchema } from './verification.js';

export const ContextLevelSchema = z.enum(['minimal', 'standard', 'full']).meta({
  id: 'ContextLevel',
  description: "How much of the repository's own guidance is put before the task.",
});
export type ContextLevel = z.infer<typeof ContextLevelSchema>;

export const WorkspaceModeSchema = z.enum(['ephemeral', 'persistent']).meta({
  id: 'WorkspaceMode',
  description: 'persistent keeps the workspace for later dispatches (workspaceId).',
});
export type WorkspaceMode = z.infer<typeof WorkspaceModeSchema>;

/** Variables that steer the loader, git, Node or Outpost itself: a tenant's secret may not take their place. */
const RESERVED_VARIABLE =
  /^(PATH|HOME|SHELL|USER|LANG|TMPDIR|IFS|ENV|BASH_ENV|NODE_OPTIONS|NODE_PATH|NODE_EXTRA_CA_CERTS|NPM_CONFIG_.*|LD_.*|DYLD_.*|GIT_.*|SSH_.*|OUTPOST_.*|AWS_.*)$/;

export const SecretNameSchema = z
  .string()
  .regex(/^[A-Z][A-Z0-9_]{0,63}$/, 'must be an environment variable name in capitals, e.g. NPM_REGISTRY_KEY')
  .refine((name) => !RESERVED_VARIABLE.test(name), {
    error: 'is a reserved variable; store the secret under another name',
  });

const TaskSchema = z
  .string()
  .max(LIMITS.taskMaxCharacters, `must be at most ${LIMITS.taskMaxCharacters} characters`)
  .refine((task) => task.trim().length >= LIMITS.taskMinCharacters, {
    error: `must be at least ${LIMITS.taskMinCharacters} characters: say what the agent should do`,
  });

const TagsSchema = z
  .record(
    z.string().regex(/^[A-Za-z0-9_.:/=+@-]{1,128}$/, 'a tag name has 1 to 128 letters, digits or _.:/=+@-'),
    z.string().max(256),
  )
  .refine((tags) => Object.keys(tags).length <= LIMITS.tagsMax, { error: `at most ${LIMITS.tagsMax} tags` });

/** The body of `POST /dispatch`. */
export const CreateDispatchSchema = z
  .strictObject({
    agent: AgentNameSchema,
    task: TaskSchema.meta({ example: 'Add a test for the empty cart in src/cart.ts.' }),
    modelId: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,127}$/, 'must be a model id, e.g. gpt-5.2-codex')
      .optional(),
    repo: RepositorySchema.optional(),
    branch: BranchSchema.optional(),
    contextLevel: ContextLevelSchema.default('standard'),
    parentDispatchId: DispatchIdSchema.optional().meta({
      description:
        'Go on from what this dispatch of the tenant, which has ended, changed: in its repository, from its base.',
    }),
    workspaceMode: WorkspaceModeSchema.optional().meta({
      description: 'Default: ephemeral, or persistent with a workspaceId.',
    }),
    workspaceId: WorkspaceIdSchema.optional().meta({ description: 'Continue in this persistent workspace.' }),
    archiveWorkspace: z.boolean().optional().meta({
      description: 'Pack the persistent workspace at the end; the next dispatch to it restores it.',
    }),
    timeoutSeconds: z
      .int()
      .min(LIMITS.timeoutMinSeconds)
      .max(LIMITS.timeoutMaxSeconds)
      .default(LIMITS.timeoutDefaultSeconds),
    userId: z.string().min(1).max(128).optional(),
    tags: TagsSchema.optional(),
    tier: TierNameSchema.optional().meta({ description: 'Default: the tier of the agent.' }),
    secrets: z
      .array(SecretNameSchema)
      .max(LIMITS.secretsMax)
      .optional()
      .meta({ description: "Names of the tenant's secrets, given to the agent as environment variables." }),
    verify: VerifyCommandSchema.optional(),
    verifyAttempts: VerifyAttemptsSchema.optional(),
    promote: PromoteAheadSchema.optional(),
  })
  .refine(
    ({ promote, repo, workspaceId, parentDispatchId }) =>
      promote === undefined || [repo, workspaceId, parentDispatchId].some((given) => given !== undefined),
    { path: ['promote'], error: 'needs a repo' },
  )
  .refine((body) => body.verifyAttempts === undefined || body.verify !== undefined, {
    path: ['verifyAttempts'],
    error: 'needs a verify command',
  })
  .refine(
    ({ branch, repo, workspaceId, parentDispatchId }) =>
      branch === undefined || [repo, workspaceId, parentDispatchId].some((given) => given !== undefined),
    { path: ['branch'], error: 'needs a repo' },
  )
  .refine((body) => body.workspaceId === undefined || body.parentDispatchId === undefined, {
    path: ['workspaceId'],
    error: 'must be left out with parentDispatchId: a workspace already holds what its dispatches did',
  })
  .refine((body) => body.workspaceId === undefined || body.workspaceMode !== 'ephemeral', {
    path: ['workspaceMode'],
    error: 'must be persistent (or left out) when workspaceId is given',
  })
  .refine(
    (body) =>
      body.archiveWorkspace !== true || body.workspaceId !== undefined || body.workspaceMode === 'persistent',
    {
      path: ['archiveWorkspace'],
      error: 'needs a persistent workspace: workspaceMode persistent, or a workspaceId',
    },
  )
  .meta({ id: 'CreateDispatch' });
export type CreateDispatch = z.infer<typeof CreateDispatchSchema>;
export type CreateDispatchInput = z.input<typeof CreateDispatchSchema>;
