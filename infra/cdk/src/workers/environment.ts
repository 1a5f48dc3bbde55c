import { WORKSPACE_ROOT } from '@outpost/platform/aws/definitions';
import type { Deployment } from '../config.js';
import { workerVariables } from '../variables.js';

/** What the images of workers are made of: paths that they must have, the last three writable. */
export const WORKER_PATHS = {
  agents: '/opt/outpost/agents',
  data: '/var/lib/outpost',
  workspace: WORKSPACE_ROOT,
  temporary: '/tmp',
} as const;

interface WorkerEnvironmentParams {
  readonly deployment: Deployment;
  readonly artifactsBucket: string;
  readonly logsBucket: string;
  readonly workspacesBucket: string;
  readonly kmsKeyArn: string;
  readonly busName: string;
}

/** All that a task definition tells a worker. RunTask adds for whom it works; the rest it reads with its role. */
export function workerEnvironment(params: WorkerEnvironmentParams): Record<string, string> {
  const { deployment, artifactsBucket, logsBucket, workspacesBucket, kmsKeyArn, busName } = params;
  return {
    ...workerVariables(deployment.variables),
    OUTPOST_MODE: 'aws',
    AWS_REGION: deployment.region,
    OUTPOST_ARTIFACTS_BUCKET: artifactsBucket,
    OUTPOST_LOGS_BUCKET: logsBucket,
    OUTPOST_WORKSPACES_BUCKET: workspacesBucket,
    OUTPOST_KMS_KEY_ID: kmsKeyArn,
    OUTPOST_EVENT_BUS: busName,
    OUTPOST_DATA_DIR: WORKER_PATHS.data,
    OUTPOST_AGENTS_DIR: WORKER_PATHS.agents,
    OUTPOST_WORKSPACE_DIR: WORKER_PATHS.workspace,
    OUTPOST_SCRATCH_DIRS: WORKER_PATHS.temporary,
  };
}
