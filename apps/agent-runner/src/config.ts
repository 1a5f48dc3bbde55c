import { AGENTS, DispatchIdSchema, readPerAgent, type AgentName } from '@outpost/contracts';
import type { WorkerStart } from '@outpost/platform';
import {
  AwsWorkerSettingsSchema,
  RepositoryLimitsSchema,
  RepositorySettingsSchema,
  SandboxSettingsSchema,
  type AwsWorkerSettings,
  type SandboxSettings,
} from '@outpost/platform/settings';
import { networkVariables, type RemotePolicy } from '@outpost/platform/git';
import { delimiter, isAbsolute } from 'node:path';
import type { RepositoryLimits } from './git/repository-limits.js';
import { z } from 'zod';

const scratchDirs = z
  .string()
  .transform((text) => text.split(delimiter).filter((path) => path !== ''))
  .refine((paths) => paths.every((path) => isAbsolute(path) && path !== '/'), {
    error: 'must name absolute paths, separated by colons',
  });

const EnvironmentSchema = z.object({
  OUTPOST_MODE: z.enum(['local', 'aws']),
  OUTPOST_DATA_DIR: z.string().min(1),
  OUTPOST_AGENTS_DIR: z.string().min(1),
  OUTPOST_SCRATCH_DIRS: scratchDirs.default([]),
  OUTPOST_LOG_LEVEL: z.string().default('info'),
  PATH: z.string().min(1),
});

const StartSchema = z
  .object({
    OUTPOST_TENANT_ID: z.string().min(1).optional(),
    OUTPOST_DISPATCH_ID: DispatchIdSchema.optional(),
    OUTPOST_WORKER_ID: z.uuid().optional(),
  })
  .transform((env, context): WorkerStart => {
    const { OUTPOST_TENANT_ID: tenantId, OUTPOST_DISPATCH_ID: dispatchId, OUTPOST_WORKER_ID: workerId } = env;
    if (tenantId !== undefined && dispatchId !== undefined && workerId === undefined)
      return { kind: 'dispatch', tenantId, dispatchId };
    if (tenantId === undefined && dispatchId === undefined && workerId !== undefined)
      return { kind: 'warm', workerId };
    context.addIssue(
      'either OUTPOST_TENANT_ID and OUTPOST_DISPATCH_ID must be set, or OUTPOST_WORKER_ID alone',
    );
    return z.NEVER;
  });

const LocalSettingsSchema = z
  .object({ OUTPOST_TASK_ARN: z.string().min(1) })
  .transform((env) => ({ taskArn: env.OUTPOST_TASK_ARN }));

type Mode =
  | { readonly mode: 'local'; readonly local: z.infer<typeof LocalSettingsSchema> }
  | { readonly mode: 'aws'; readonly aws: AwsWorkerSettings };

export type WorkerConfig = CommonConfig & Mode;

interface CommonConfig {
  readonly start: WorkerStart;
  /** Of the control plane in local mode; of this worker alone in aws mode. */
  readonly dataDir: string;
  /** What an agent can write beside its workspace, where a worker is alone: emptied between two dispatches. */
  readonly scratchDirs: readonly string[];
  readonly logLevel: string;
  readonly path: string;
  /** Proxies and certificates, for git and for the agent. */
  readonly network: Readonly<Record<string, string>>;
  /** Which hosts repositories may be on. */
  readonly remotes: RemotePolicy;
  readonly repositoryLimits: RepositoryLimits;
  readonly sandbox: SandboxSettings;
  readonly agentsDir: string;
  readonly agentCommands: Readonly<Partial<Record<AgentName, string>>>;
  readonly agentBaseUrls: Readonly<Partial<Record<AgentName, string>>>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads what the control plane and the task definition told this worker. Throws an Error that names every wrong variable. */
export function readConfig(environment: Environment = process.env): WorkerConfig {
  const env = parse(EnvironmentSchema, environment);
  return {
    ...readMode(env.OUTPOST_MODE, environment),
    start: parse(StartSchema, environment),
    dataDir: env.OUTPOST_DATA_DIR,
    scratchDirs: env.OUTPOST_SCRATCH_DIRS,
    logLevel: env.OUTPOST_LOG_LEVEL,
    path: env.PATH,
    network: networkVariables(environment),
    remotes: parse(RepositorySettingsSchema, environment),
    repositoryLimits: parse(RepositoryLimitsSchema, environment),
    sandbox: parse(SandboxSettingsSchema, environment),
    agentsDir: env.OUTPOST_AGENTS_DIR,
    agentCommands: readPerAgent((agent) => environment[`OUTPOST_AGENT_COMMAND_${agent.toUpperCase()}`]),
    agentBaseUrls: readPerAgent((agent) => environment[AGENTS[agent].baseUrlVariable]),
  };
}

function readMode(mode: Mode['mode'], environment: Environment): Mode {
  return mode === 'local'
    ? { mode, local: parse(LocalSettingsSchema, environment) }
    : { mode, aws: parse(AwsWorkerSettingsSchema, environment) };
}

function parse<T>(schema: z.ZodType<T>, environment: Environment): T {
  const parsed = schema.safeParse(environment);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`.trim());
  throw new Error(`The worker's environment is not valid: ${problems.join('; ')}`);
}
