import type { RemotePolicy } from '@outpost/platform/git';
import {
  AwsControlSettingsSchema,
  RepositoryLimitsSchema,
  RepositorySettingsSchema,
  SandboxSettingsSchema,
  WebhookSettingsSchema,
  type AwsControlSettings,
  type SandboxSettings,
} from '@outpost/platform/settings';
import type { CommitIdentity } from '@outpost/platform';
import {
  AGENT_NAMES,
  AGENTS,
  API_KEY_PATTERN,
  HostPatternSchema,
  LIMITS,
  readPerAgent,
  type AgentName,
} from '@outpost/contracts';
import { resolve } from 'node:path';
import { z } from 'zod';
import type { PoolSizes } from './domain/pool-size.js';

/** On AWS each round is paid for, and a dispatch takes longer to start and to end. */
const RECONCILE_INTERVAL_SECONDS = { local: 1, aws: 2 } as const;

const wholeNumber = (min: number, max = Number.MAX_SAFE_INTEGER) => {
  const range = max === Number.MAX_SAFE_INTEGER ? `${min} or more` : `from ${min} to ${max}`;
  return z
    .string()
    .transform(Number)
    .refine((value) => Number.isSafeInteger(value) && value >= min && value <= max, {
      error: `must be a whole number, ${range}`,
    });
};

const tenantWeights = z.string().transform((text, context): ReadonlyMap<string, number> => {
  const weights = z.record(z.string().min(1), z.number().min(0.01).max(100)).safeParse(parseJson(text));
  if (weights.success) return new Map(Object.entries(weights.data));
  context.addIssue('must be a JSON object of tenant ids and numbers from 0.01 to 100: {"acme":2}');
  return z.NEVER;
});

const commitAuthor = z.string().transform((text, context): CommitIdentity => {
  const [, name, email] = /^([^<>\p{Cc}]*[^<>\s\p{Cc}]) <([^<>\s]+@[^<>\s]+)>$/u.exec(text.trim()) ?? [];
  if (name !== undefined && email !== undefined) return { name, email };
  context.addIssue('must be a name and an address: Outpost <outpost@example.com>');
  return z.NEVER;
});

const hostNames = z
  .string()
  .transform((text) => text.split(',').map((host) => host.trim().toLowerCase()))
  .refine(
    (hosts) => hosts.every((host) => HostPatternSchema.safeParse(host).success && !host.includes('*')),
    {
      error: 'must be host names separated by commas: ghe.example.com',
    },
  );

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

const EnvironmentSchema = z.object({
  PORT: wholeNumber(0, 65_535).default(3000),
  HOST: z.string().min(1).default('127.0.0.1'),
  OUTPOST_MODE: z.enum(['local', 'aws'], 'must be local or aws').default('local'),
  OUTPOST_DATA_DIR: z.string().min(1).default('.outpost'),
  OUTPOST_AGENTS_DIR: z.string().min(1).optional(),
  OUTPOST_BOOTSTRAP_API_KEY: z.string().regex(API_KEY_PATTERN, 'must be otp_ and 64 hex digits').optional(),
  OUTPOST_MAX_CONCURRENT_PER_AGENT: wholeNumber(1).default(5),
  OUTPOST_MAX_CONCURRENT_PER_TENANT: wholeNumber(1).default(10),
  OUTPOST_WORKSPACE_QUOTA_MB: wholeNumber(1, LIMITS.workspaceQuotaMaxMb).default(
    LIMITS.workspaceQuotaDefaultMb,
  ),
  OUTPOST_WORKSPACE_MAX_FILES: wholeNumber(1).default(LIMITS.workspaceFilesDefault),
  OUTPOST_MAX_WORKSPACES_PER_TENANT: wholeNumber(1).default(LIMITS.workspacesPerTenantDefault),
  OUTPOST_TENANT_WEIGHTS: tenantWeights.default(new Map<string, number>()),
  OUTPOST_WARM_IDLE_SECONDS: wholeNumber(1).default(300),
  OUTPOST_RATE_LIMIT_PER_MINUTE: wholeNumber(0).default(60),
  OUTPOST_FAILED_AUTH_PER_MINUTE: wholeNumber(0).default(30),
  OUTPOST_TRUSTED_PROXIES: wholeNumber(0, 10).default(0),
  OUTPOST_RECONCILE_INTERVAL_SECONDS: wholeNumber(1, 3_600).optional(),
  OUTPOST_COMMIT_AUTHOR: commitAuthor.default({ name: 'Outpost', email: 'outpost@localhost' }),
  OUTPOST_GITHUB_HOSTS: hostNames.default([]),
  OUTPOST_LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  PATH: z.string().default('/usr/local/bin:/usr/bin:/bin'),
});

const warmMin = (agent: AgentName): string => `OUTPOST_WARM_MIN_${agent.toUpperCase()}`;
const warmMax = (agent: AgentName): string => `OUTPOST_WARM_MAX_${agent.toUpperCase()}`;

/** What is set for one agent goes before what is set for all. */
const PoolsSchema = z.record(z.string(), wholeNumber(0)).transform((set, context): PoolSizes => {
  const firstOf = (names: readonly string[]) => {
    const name = names.find((each) => set[each] !== undefined) ?? names.at(-1)!;
    return { name, value: set[name] ?? 0 };
  };
  return forEachAgent((agent) => {
    const min = firstOf([warmMin(agent), 'OUTPOST_WARM_MIN_PER_AGENT']);
    const max = firstOf([warmMax(agent), 'OUTPOST_WARM_MAX_PER_AGENT']);
    if (min.value > max.value) {
      const message = `must not be more than ${max.name}: ${min.value} is more than ${max.value}`;
      context.addIssue({ code: 'custom', path: [min.name], message });
    }
    return { min: min.value, max: max.value };
  });
});

function poolVariables(given: Readonly<Record<string, string>>): Record<string, string> {
  const names = [
    'OUTPOST_WARM_MIN_PER_AGENT',
    'OUTPOST_WARM_MAX_PER_AGENT',
    ...AGENT_NAMES.flatMap((agent) => [warmMin(agent), warmMax(agent)]),
  ];
  return Object.fromEntries(Object.entries(given).filter(([name]) => names.includes(name)));
}

function forEachAgent<T>(of: (agent: AgentName) => T): Readonly<Record<AgentName, T>> {
  return Object.fromEntries(AGENT_NAMES.map((agent) => [agent, of(agent)])) as Record<AgentName, T>;
}

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
  readonly sandbox: SandboxSettings;
  readonly limits: { readonly perAgent: number; readonly perTenant: number };
  /** What one workspace may hold, and how many persistent ones a tenant may have. */
  readonly workspaces: { readonly quotaMb: number; readonly maxFiles: number; readonly maxPerTenant: number };
  /** Of a tenant's share of the fleet; a tenant that is not named has 1. */
  readonly tenantWeights: ReadonlyMap<string, number>;
  readonly warm: { readonly sizes: PoolSizes; readonly idleTimeoutMs: number };
  /** Which hosts repositories may be on. */
  readonly repositories: RemotePolicy;
  readonly repositoryLimits: z.infer<typeof RepositoryLimitsSchema>;
  /** Where webhooks may lead. */
  readonly webhooks: z.infer<typeof WebhookSettingsSchema>;
  readonly reconcileIntervalMs: number;
  /** Requests a minute for each key; 0 is no limit. */
  readonly rateLimitPerMinute: number;
  /** Calls of one address that may fail to authenticate in a minute; 0 is no limit. */
  readonly failedAuthPerMinute: number;
  /** Proxies in front that each add an address to X-Forwarded-For. */
  readonly trustedProxies: number;
  /** Who commits what is promoted, and which hosts beside github.com speak its API. */
  readonly promotion: { readonly author: CommitIdentity; readonly githubHosts: readonly string[] };
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
  const pools = PoolsSchema.safeParse(poolVariables(given));
  const repositories = RepositorySettingsSchema.safeParse(given);
  const repositoryLimits = RepositoryLimitsSchema.safeParse(given);
  const sandbox = SandboxSettingsSchema.safeParse(given);
  const webhooks = WebhookSettingsSchema.safeParse(given);
  if (
    !parsed.success ||
    !pools.success ||
    !repositories.success ||
    !repositoryLimits.success ||
    !sandbox.success ||
    !webhooks.success ||
    aws?.success === false
  )
    throw invalid([parsed, pools, repositories, repositoryLimits, sandbox, webhooks, aws]);
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
    sandbox: sandbox.data,
    limits: {
      perAgent: env.OUTPOST_MAX_CONCURRENT_PER_AGENT,
      perTenant: env.OUTPOST_MAX_CONCURRENT_PER_TENANT,
    },
    tenantWeights: env.OUTPOST_TENANT_WEIGHTS,
    workspaces: {
      quotaMb: env.OUTPOST_WORKSPACE_QUOTA_MB,
      maxFiles: env.OUTPOST_WORKSPACE_MAX_FILES,
      maxPerTenant: env.OUTPOST_MAX_WORKSPACES_PER_TENANT,
    },
    warm: { sizes: pools.data, idleTimeoutMs: env.OUTPOST_WARM_IDLE_SECONDS * 1_000 },
    reconcileIntervalMs:
      (env.OUTPOST_RECONCILE_INTERVAL_SECONDS ?? RECONCILE_INTERVAL_SECONDS[env.OUTPOST_MODE]) * 1_000,
    repositories: repositories.data,
    repositoryLimits: repositoryLimits.data,
    webhooks: webhooks.data,
    rateLimitPerMinute: env.OUTPOST_RATE_LIMIT_PER_MINUTE,
    failedAuthPerMinute: env.OUTPOST_FAILED_AUTH_PER_MINUTE,
    trustedProxies: env.OUTPOST_TRUSTED_PROXIES,
    promotion: { author: env.OUTPOST_COMMIT_AUTHOR, githubHosts: env.OUTPOST_GITHUB_HOSTS },
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
  return new Error(`The configuration is not valid:\n${[...new Set(problems)].join('\n')}`);
}

// An empty variable is how a shell or a compose file says "not set".
function withoutEmpty(environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '',
    ),
  );
}
