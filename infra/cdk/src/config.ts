import { TenantIdSchema } from '@outpost/contracts';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { OPERATOR_VARIABLES } from './variables.js';

export const STAGES = ['dev', 'prod'] as const;
export type Stage = (typeof STAGES)[number];

/** Interface endpoints that the fleet has a use for; those of S3 and DynamoDB cost nothing and are always there. */
export const ENDPOINTS = [
  'ecr.api',
  'ecr.dkr',
  'ecs',
  'events',
  'kms',
  'logs',
  'secretsmanager',
  'sqs',
  'sts',
] as const;

/** What CloudWatch Logs can keep for. */
const RETENTION_DAYS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365] as const;

const DeploymentSchema = z
  .strictObject({
    region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be a region, as us-east-1'),
    zones: z
      .array(z.string())
      .length(2, 'must be two availability zones of the region')
      .optional()
      .meta({ description: 'The first two by name, unless they are given.' }),
    imageTag: z.string().regex(/^[\w][\w.-]{0,127}$/, 'must be a tag that the images were pushed with'),
    cpuArchitecture: z.enum(['arm64', 'x86_64']).default('arm64').meta({ description: 'Of the workers.' }),
    natGateways: z.union([z.literal(1), z.literal(2)]),
    interfaceEndpoints: z.array(z.enum(ENDPOINTS)).default([]),
    /** Ports of the internet that workers and control planes may connect to. */
    egressPorts: z.array(z.int().min(1).max(65_535)).nonempty().default([443, 22]),
    /** Of the listener on 443. */
    certificateArn: z
      .string()
      .regex(/^arn:aws[a-z-]*:acm:/, 'must be the ARN of a certificate in ACM')
      .optional(),
    /** Who may connect to the load balancer. */
    allowedCidrs: z.array(z.cidrv4()).nonempty().default(['0.0.0.0/0']),
    controlPlane: z
      .strictObject({ minTasks: z.int().min(1).max(10), maxTasks: z.int().min(1).max(10) })
      .refine(({ minTasks, maxTasks }) => minTasks <= maxTasks, 'minTasks must not be more than maxTasks'),
    /** Tenants whose workers have a role of their own. */
    tenantsWithRole: z.array(TenantIdSchema).default([]),
    /** Further variables of the control plane; those that workers read as well are given to them, too. */
    variables: z.partialRecord(z.enum(OPERATOR_VARIABLES), z.string()).default({}),
    /** Told of every alarm. */
    alarmEmail: z.email().optional(),
    /** Whether tables, buckets, keys, secrets and the file system outlive the stack. */
    retainData: z.boolean(),
    logRetentionDays: z.literal(RETENTION_DAYS),
  })
  .transform((given) => ({
    ...given,
    zones: given.zones ?? [`${given.region}a`, `${given.region}b`],
  }));

export type Deployment = z.infer<typeof DeploymentSchema> & { readonly stage: Stage };

/** Checks what one stage is to be. Throws an Error that names every wrong setting. */
export function parseDeployment(stage: Stage, settings: unknown): Deployment {
  const parsed = DeploymentSchema.safeParse(settings);
  if (!parsed.success) throw invalid(stage, parsed.error);
  const { certificateArn } = parsed.data;
  if (stage === 'prod' && certificateArn === undefined)
    throw new Error('config/prod.json: certificateArn is needed: API keys are not to travel in the clear.');
  return { ...parsed.data, stage };
}

interface ReadParams {
  /** Where `<stage>.json` is. */
  readonly directory: string;
  /** As `cdk -c stage=prod -c imageTag=1.2.3` gives them; `imageTag` goes before that of the file. */
  readonly context: (name: string) => unknown;
}

/** Reads the stage that the command names: `dev` where it names none. */
export function readDeployment({ directory, context }: ReadParams): Deployment {
  const stage = z
    .enum(STAGES, `-c stage must be one of ${STAGES.join(', ')}`)
    .safeParse(context('stage') ?? 'dev');
  if (!stage.success) throw new Error(stage.error.issues[0]?.message);
  const settings = JSON.parse(readFileSync(join(directory, `${stage.data}.json`), 'utf8')) as object;
  const imageTag = context('imageTag');
  return parseDeployment(stage.data, { ...settings, ...(imageTag !== undefined && { imageTag }) });
}

/** The account of the credentials that the CDK CLI found; undefined without any, as in tests. */
export function readAccount(environment: Readonly<Record<string, string | undefined>> = process.env) {
  return environment['CDK_DEFAULT_ACCOUNT'];
}

function invalid(stage: Stage, error: z.ZodError): Error {
  const problems = error.issues.map(({ path, message }) => `  ${path.join('.')} ${message}`.trimEnd());
  return new Error(`config/${stage}.json is not valid:\n${problems.join('\n')}`);
}
