import { AGENT_NAMES, AGENTS } from '@outpost/contracts';
import {
  RepositoryLimitsSchema,
  RepositorySettingsSchema,
  SandboxSettingsSchema,
} from '@outpost/platform/settings';

/** Variables that control planes and workers are both told. */
const SHARED = [RepositorySettingsSchema, RepositoryLimitsSchema, SandboxSettingsSchema]
  .flatMap((schema) => Object.keys(schema.in.shape))
  .filter((name) => name !== 'OUTPOST_MODE');

const CONTROL_PLANE_ONLY = [
  'OUTPOST_MAX_CONCURRENT_PER_AGENT',
  'OUTPOST_MAX_CONCURRENT_PER_TENANT',
  'OUTPOST_TENANT_WEIGHTS',
  'OUTPOST_WARM_MIN_PER_AGENT',
  'OUTPOST_WARM_MAX_PER_AGENT',
  ...AGENT_NAMES.flatMap((agent) =>
    ['MIN', 'MAX'].map((bound) => `OUTPOST_WARM_${bound}_${agent.toUpperCase()}`),
  ),
  'OUTPOST_WARM_IDLE_SECONDS',
  'OUTPOST_RATE_LIMIT_PER_MINUTE',
  'OUTPOST_FAILED_AUTH_PER_MINUTE',
  'OUTPOST_RECONCILE_INTERVAL_SECONDS',
  'OUTPOST_WORKSPACE_QUOTA_MB',
  'OUTPOST_WORKSPACE_MAX_FILES',
  'OUTPOST_MAX_WORKSPACES_PER_TENANT',
  'OUTPOST_PRIVATE_WEBHOOK_HOSTS',
  'OUTPOST_COMMIT_AUTHOR',
  'OUTPOST_GITHUB_HOSTS',
];

const WORKER_ONLY = AGENT_NAMES.map((agent) => AGENTS[agent].baseUrlVariable);

const OF_BOTH = [...SHARED, 'OUTPOST_LOG_LEVEL'];
const OF_CONTROL_PLANE = [...CONTROL_PLANE_ONLY, ...OF_BOTH];
const OF_WORKERS = [...OF_BOTH, ...WORKER_ONLY];

/** What an operator may set, in `variables` of the deployment. All else the stack knows better. */
export const OPERATOR_VARIABLES = [...new Set([...OF_CONTROL_PLANE, ...OF_WORKERS])];

type Variables = Readonly<Record<string, string | undefined>>;

export function controlPlaneVariables(given: Variables): Record<string, string> {
  return pick(given, OF_CONTROL_PLANE);
}

export function workerVariables(given: Variables): Record<string, string> {
  return pick(given, OF_WORKERS);
}

function pick(given: Variables, names: readonly string[]): Record<string, string> {
  const entries = Object.entries(given).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && names.includes(entry[0]),
  );
  return Object.fromEntries(entries);
}
