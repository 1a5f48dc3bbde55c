import { AGENTS, DispatchIdSchema, readPerAgent, type AgentName } from '@outpost/contracts';
import { networkVariables } from '@outpost/platform/git';
import { join } from 'node:path';
import { z } from 'zod';

const EnvironmentSchema = z.object({
  OUTPOST_MODE: z.literal('local'),
  OUTPOST_DATA_DIR: z.string().min(1),
  OUTPOST_AGENTS_DIR: z.string().min(1),
  OUTPOST_TENANT_ID: z.string().min(1),
  OUTPOST_DISPATCH_ID: DispatchIdSchema,
  OUTPOST_TASK_ARN: z.string().min(1),
  OUTPOST_LOG_LEVEL: z.string().default('info'),
  PATH: z.string().min(1),
});

export interface WorkerConfig {
  readonly tenantId: string;
  readonly dispatchId: string;
  readonly taskArn: string;
  readonly dataDir: string;
  readonly mirrorsDir: string;
  readonly logLevel: string;
  readonly path: string;
  /** Proxies and certificates, for git and for the agent. */
  readonly network: Readonly<Record<string, string>>;
  readonly agentsDir: string;
  readonly agentCommands: Readonly<Partial<Record<AgentName, string>>>;
  readonly agentBaseUrls: Readonly<Partial<Record<AgentName, string>>>;
}

/** Reads what the control plane told this worker. Throws an Error that names every wrong variable. */
export function readConfig(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): WorkerConfig {
  const parsed = EnvironmentSchema.safeParse(environment);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`);
    throw new Error(`The worker's environment is not valid: ${problems.join('; ')}`);
  }
  const env = parsed.data;
  return {
    tenantId: env.OUTPOST_TENANT_ID,
    dispatchId: env.OUTPOST_DISPATCH_ID,
    taskArn: env.OUTPOST_TASK_ARN,
    dataDir: env.OUTPOST_DATA_DIR,
    mirrorsDir: join(env.OUTPOST_DATA_DIR, 'mirrors', env.OUTPOST_TENANT_ID),
    logLevel: env.OUTPOST_LOG_LEVEL,
    path: env.PATH,
    network: networkVariables(environment),
    agentsDir: env.OUTPOST_AGENTS_DIR,
    agentCommands: readPerAgent((agent) => environment[`OUTPOST_AGENT_COMMAND_${agent.toUpperCase()}`]),
    agentBaseUrls: readPerAgent((agent) => environment[AGENTS[agent].baseUrlVariable]),
  };
}
