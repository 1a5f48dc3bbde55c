import { z } from 'zod';
import { commaSeparated } from './list.js';

const list = commaSeparated.refine((items) => items.length > 0, {
  error: 'must name at least one, separated by commas',
});

const ROLE_ARN = /^arn:aws[a-z-]*:iam::\d{12}:role\/.+$/;

const tenantRoles = z.string().transform((text, context): Readonly<Record<string, string>> => {
  const parsed = z.record(z.string(), z.string().regex(ROLE_ARN)).safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  context.addIssue(
    'must be a JSON object of tenant ids and the ARNs of their roles: {"acme":"arn:aws:iam::…:role/…"}',
  );
  return z.NEVER;
});

const flag = z
  .enum(['true', 'false'], 'must be true or false')
  .default('false')
  .transform((value) => value === 'true');

/** Variables that both sides of the AWS platform read. Credentials and endpoints the SDK reads itself. */
const Shared = {
  AWS_REGION: z.string({ error: 'is needed in aws mode, e.g. eu-central-1' }).min(1),
  OUTPOST_ARTIFACTS_BUCKET: z.string().default('outpost-artifacts'),
  OUTPOST_LOGS_BUCKET: z.string().default('outpost-logs'),
  OUTPOST_WORKSPACES_BUCKET: z.string().default('outpost-workspaces'),
  OUTPOST_KMS_KEY_ID: z.string().optional(),
  OUTPOST_EVENT_BUS: z.string().default('outpost-events'),
};

/** The environment of a worker's task definition, beside that of every worker. */
export const AwsWorkerSettingsSchema = z
  .object({
    ...Shared,
    OUTPOST_WORKSPACE_DIR: z.string().default('/workspace'),
    ECS_CONTAINER_METADATA_URI_V4: z.url({
      error: 'is set by ECS: a worker of aws mode runs in an ECS task',
    }),
  })
  .transform((env) => ({
    ...sharedOf(env),
    workspaceDir: env.OUTPOST_WORKSPACE_DIR,
    metadataUrl: env.ECS_CONTAINER_METADATA_URI_V4,
  }));
export type AwsWorkerSettings = z.infer<typeof AwsWorkerSettingsSchema>;

/** The environment of the control plane in aws mode, beside that of every mode. */
export const AwsControlSettingsSchema = z
  .object({
    ...Shared,
    OUTPOST_ECS_CLUSTER: z.string().default('outpost'),
    OUTPOST_ECS_SUBNETS: list,
    OUTPOST_ECS_SECURITY_GROUPS: list,
    OUTPOST_ECS_ASSIGN_PUBLIC_IP: flag,
    OUTPOST_LOG_GROUP: z.string().default('/ecs/outpost-workers'),
    OUTPOST_EFS_FILE_SYSTEM_ID: z.string().optional(),
    OUTPOST_EFS_MOUNT_DIR: z.string().default('/mnt/workspaces'),
    OUTPOST_WAKE_QUEUE_URL: z.url().optional(),
    OUTPOST_TENANT_TASK_ROLES: tenantRoles.default({}),
  })
  .transform((env) => ({
    ...sharedOf(env),
    cluster: env.OUTPOST_ECS_CLUSTER,
    subnets: env.OUTPOST_ECS_SUBNETS,
    securityGroups: env.OUTPOST_ECS_SECURITY_GROUPS,
    assignPublicIp: env.OUTPOST_ECS_ASSIGN_PUBLIC_IP,
    logGroup: env.OUTPOST_LOG_GROUP,
    fileSystemId: env.OUTPOST_EFS_FILE_SYSTEM_ID,
    mountDir: env.OUTPOST_EFS_MOUNT_DIR,
    wakeQueueUrl: env.OUTPOST_WAKE_QUEUE_URL,
    tenantTaskRoles: env.OUTPOST_TENANT_TASK_ROLES,
  }));
export type AwsControlSettings = z.infer<typeof AwsControlSettingsSchema>;

function sharedOf(env: z.infer<z.ZodObject<typeof Shared>>) {
  return {
    region: env.AWS_REGION,
    artifactsBucket: env.OUTPOST_ARTIFACTS_BUCKET,
    logsBucket: env.OUTPOST_LOGS_BUCKET,
    workspacesBucket: env.OUTPOST_WORKSPACES_BUCKET,
    kmsKeyId: env.OUTPOST_KMS_KEY_ID,
    eventBus: env.OUTPOST_EVENT_BUS,
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
