import { AwsControlSettingsSchema, type AwsControlSettings } from '@outpost/platform/settings';
import { AGENTS, API_KEY_PATTERN, readPerAgent, type AgentName } from '@outpost/contracts';
import { resolve } from 'node:path';
import { z } from 'zod';

const wholeNumber = (min: number, max = Number.MAX_SAFE_INTEGER) => {
  const range = max === Number.MAX_SAFE_INTEGER ? `${min} or more` : `from ${min} to ${max}`;
  return z
    .string()
    .transform(Number)
    .refine((value) => Number.isSafeInteger(value) && value >= min && value <= max, {
      error: `must be a whole number, ${range}`,
    });
};

const EnvironmentSchema = z.object({
  PORT: wholeNumber(0, 65_535).default(3000),
  HOST: z.string().min(1).default('127.0.0.1'),
  OUTPOST_MODE: z.enum(['local', 'aws'], 'must be local or aws').default('local'),
  OUTPOST_DATA_DIR: z.string().min(1).default('.outpost'),
  OUTPOST_AGENTS_DIR: z.string().min(1).optional(),
  OUTPOST_BOOTSTRAP_API_KEY: z.string().regex(API_KEY_PATTERN, 'must be otp_ and 64 hex digits').optional(),
  // Agents run as this user, in a process group of their own. A value that promises more must not be taken.
  OUTPOST_SANDBOX: z
    .enum(['auto', 'none'], 'must be auto or none: this version has no container or bwrap sandbox')
    .default('auto'),
  OUTPOST_MAX_CONCURRENT_PER_AGENT: wholeNumber(1).default(5),
  OUTPOST_MAX_CONCURRENT_PER_TENANT: wholeNumber(1).default(10),
  OUTPOST_RATE_LIMIT_PER_MINUTE: wholeNumber(0).default(60),
  OUTPOST_LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  PATH: z.string().default('/usr/local/bin:/usr/bin:/bin'),
});

/** Where it runs, and what only that place needs. */
export type Mode = { readonly mode: 'local' } | { readonly mode: 'aws'; readonly aws: AwsControlSettings };

export type Config = CommonConfig & Mode;

interface CommonConfig {
  readonly host: string;
  readonly port: number;
  /** Absolute. */
  readonly dataDir: string;
  readonly agentsDir: string;
  readonly bootstrapApiKey: string | undefined;
  readonly sandbox: 'auto' | 'none';
  readonly limits: { readonly perAgent: number; readonly perTenant: number };
  /** Requests a minute for each key; 0 is no limit. */
  readonly rateLimitPerMinute: number;
  readonly logLevel: string;
  readonly path: string;
  readonly agentCommands: Readonly<Partial<Record<AgentName, string>>>;
  /** Endpoints to use in place of the providers' own, by the CLIs' own variables. */
  readonly agentBaseUrls: Readonly<Partial<Record<AgentName, string>>>;
  /** Where provider keys and the git token are looked up. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Reads and checks the environment. Rejects with one message that names every wrong variable. */
export function readConfig(environment: Readonly<Record<string, string | undefined>> = process.env): Config {
  const given = withoutEmpty(environment);
  const parsed = EnvironmentSchema.safeParse(given);
  const aws = given['OUTPOST_MODE'] === 'aws' ? AwsControlSettingsSchema.safeParse(given) : undefined;
  if (!parsed.success || aws?.success === false) throw invalid([parsed, aws]);
  const env = parsed.data;
  const dataDir = resolve(env.OUTPOST_DATA_DIR);
  return {
    host: env.HOST,
    port: env.PORT,
    ...(aws === undefined ? { mode: 'local' } : { mode: 'aws', aws: aws.data }),
    dataDir,
    agentsDir:
      env.OUTPOST_AGENTS_DIR === undefined ? resolve(dataDir, 'agents') : resolve(env.OUTPOST_AGENTS_DIR),
    bootstrapApiKey: env.OUTPOST_BOOTSTRAP_API_KEY,
    sandbox: env.OUTPOST_SANDBOX,
    limits: {
      perAgent: env.OUTPOST_MAX_CONCURRENT_PER_AGENT,
      perTenant: env.OUTPOST_MAX_CONCURRENT_PER_TENANT,
    },
    rateLimitPerMinute: env.OUTPOST_RATE_LIMIT_PER_MINUTE,
    logLevel: env.OUTPOST_LOG_LEVEL,
    path: env.PATH,
    agentCommands: readPerAgent((agent) => environment[`OUTPOST_AGENT_COMMAND_${agent.toUpperCase()}`]),
    agentBaseUrls: readPerAgent((agent) => environment[AGENTS[agent].baseUrlVariable]),
    environment,
  };
}

function invalid(results: readonly (z.ZodSafeParseResult<unknown> | undefined)[]): Error {
  const issues = results.flatMap((result) => result?.error?.issues ?? []);
  const problems = issues.map((issue) => `  ${issue.path.join('.')} ${issue.message}`);
  return new Error(`The configuration is not valid:\n${problems.join('\n')}`);
}

// An empty variable is how a shell or a compose file says "not set".
function withoutEmpty(environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '',
    ),
  );
}
