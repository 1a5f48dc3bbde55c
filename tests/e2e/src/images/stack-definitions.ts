import type { RegisterTaskDefinitionRequest } from '@aws-sdk/client-ecs';
import { buildStacks, createApp, parseDeployment } from '@outpost/cdk';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ACCOUNT = '123456789012';
const SETTINGS = {
  region: 'us-east-1',
  imageTag: 'test',
  natGateways: 1,
  controlPlane: { minTasks: 1, maxTasks: 1 },
  retainData: false,
  logRetentionDays: 14,
};
/** What definitions refer to: the account of the tests has its own. */
const LOG_GROUP = '/ecs/outpost-workers';
const TASK_ROLE = `arn:aws:iam::${ACCOUNT}:role/outpost-worker`;

interface Template {
  readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Properties: object }>>;
}

/** The task definitions that the stack makes, as RegisterTaskDefinition takes them; without what refers to others. */
export function stackDefinitions(): readonly RegisterTaskDefinitionRequest[] {
  const app = createApp({ outdir: mkdtempSync(join(tmpdir(), 'outpost-cdk-')), stackTraces: false });
  buildStacks({ app, deployment: parseDeployment('dev', SETTINGS), account: ACCOUNT });
  const { Resources } = app.synth().getStackByName('Outpost').template as Template;
  return Object.values(Resources)
    .filter(({ Type }) => Type === 'AWS::ECS::TaskDefinition')
    .map(({ Properties }) => completed(asRequest(Properties) as RegisterTaskDefinitionRequest));
}

/** The same, told one thing more. */
export function withVariable(
  definitions: readonly RegisterTaskDefinitionRequest[],
  { name, value }: { readonly name: string; readonly value: string },
): readonly RegisterTaskDefinitionRequest[] {
  return definitions.map(({ containerDefinitions = [], ...definition }) => ({
    ...definition,
    containerDefinitions: containerDefinitions.map((container) => ({
      ...container,
      environment: [...(container.environment ?? []), { name, value }],
    })),
  }));
}

/** With the images that are here. */
function completed(definition: RegisterTaskDefinitionRequest): RegisterTaskDefinitionRequest {
  const containerDefinitions = definition.containerDefinitions?.map((container) => ({
    ...container,
    image: `localhost/${imageOf(definition.family ?? '')}:latest`,
    logConfiguration: {
      logDriver: 'awslogs' as const,
      options: { ...container.logConfiguration?.options, 'awslogs-group': LOG_GROUP },
    },
  }));
  return { ...definition, containerDefinitions, taskRoleArn: TASK_ROLE };
}

/** `outpost-claude` of `outpost-claude-flagship`. */
function imageOf(family: string): string {
  return family.replace(/-(flagship|balanced|fast)$/, '');
}

/** CloudFormation's names begin with a capital; values that are made at the deployment are left out. */
function asRequest(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => asRequest(item)).filter((item) => !isIncomplete(item));
  if (typeof value !== 'object' || value === null) return value;
  if (isReference(value)) return undefined;
  const isFree = key === 'Options';
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      isFree ? name : name[0]!.toLowerCase() + name.slice(1),
      asRequest(item, name),
    ]),
  );
}

const isReference = (value: object): boolean =>
  Object.keys(value).some((name) => name === 'Ref' || name.startsWith('Fn::'));

/** A variable whose value is known at the deployment. */
const isIncomplete = (item: unknown): boolean =>
  typeof item === 'object' && item !== null && 'value' in item && item.value === undefined;
