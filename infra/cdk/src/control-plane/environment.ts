import type { Deployment } from '../config.js';
import { CONTROL_PLANE_PORT } from '../network/network.js';
import { controlPlaneVariables } from '../variables.js';

/** Writable in the image of the control plane: git's home, and temporary files. */
export const CONTROL_PLANE_PATHS = {
  data: '/var/lib/outpost',
  temporary: '/tmp',
  workspaces: '/mnt/workspaces',
} as const;

interface ControlPlaneEnvironmentParams {
  readonly deployment: Deployment;
  readonly clusterName: string;
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
  readonly artifactsBucket: string;
  readonly logsBucket: string;
  readonly workspacesBucket: string;
  readonly kmsKeyArn: string;
  readonly busName: string;
  readonly logGroup: string;
  readonly fileSystemId: string;
  readonly wakeQueueUrl: string;
  /** ARNs by the tenant's id. */
  readonly tenantRoles: Readonly<Record<string, string>>;
}

/** All that a control plane is told, but for its first API key, which is a secret. */
export function controlPlaneEnvironment(params: ControlPlaneEnvironmentParams): Record<string, string> {
  const { deployment, tenantRoles } = params;
  return {
    ...controlPlaneVariables(deployment.variables),
    OUTPOST_MODE: 'aws',
    AWS_REGION: deployment.region,
    HOST: '0.0.0.0',
    PORT: String(CONTROL_PLANE_PORT),
    // The load balancer.
    OUTPOST_TRUSTED_PROXIES: '1',
    OUTPOST_DATA_DIR: CONTROL_PLANE_PATHS.data,
    OUTPOST_ECS_CLUSTER: params.clusterName,
    OUTPOST_ECS_SUBNETS: params.subnetIds.join(','),
    OUTPOST_ECS_SECURITY_GROUPS: params.securityGroupIds.join(','),
    OUTPOST_ECS_ASSIGN_PUBLIC_IP: 'false',
    OUTPOST_ARTIFACTS_BUCKET: params.artifactsBucket,
    OUTPOST_LOGS_BUCKET: params.logsBucket,
    OUTPOST_WORKSPACES_BUCKET: params.workspacesBucket,
    OUTPOST_KMS_KEY_ID: params.kmsKeyArn,
    OUTPOST_EVENT_BUS: params.busName,
    OUTPOST_LOG_GROUP: params.logGroup,
    OUTPOST_EFS_FILE_SYSTEM_ID: params.fileSystemId,
    OUTPOST_EFS_MOUNT_DIR: CONTROL_PLANE_PATHS.workspaces,
    OUTPOST_WAKE_QUEUE_URL: params.wakeQueueUrl,
    OUTPOST_TENANT_TASK_ROLES: JSON.stringify(tenantRoles),
  };
}
