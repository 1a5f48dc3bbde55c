import type { RecordedSdkCall } from './policy-recorder.js';
import type { IamPlace, IamRequest } from './policy.js';

type Input = RecordedSdkCall['input'];
export type Requests = (input: Input, place: IamPlace) => readonly IamRequest[];

interface Tags {
  readonly tags?: readonly { readonly key: string; readonly value: string }[];
}

/** What the calls of a control plane need to be granted that no worker makes. Those of EFS are named as they are sent. */
export const CONTROL_CALLS: Readonly<Record<string, Requests>> = {
  'ecs:RunTask': runTask,
  'ecs:StopTask': ({ cluster, task }, place) => [
    one('ecs:StopTask', String(task), place, inCluster(cluster, place)),
  ],
  'ecs:DescribeTasks': ({ cluster, tasks }, place) =>
    (tasks as readonly string[]).map((task) =>
      one('ecs:DescribeTasks', task, place, inCluster(cluster, place)),
    ),
  // Whatever is asked of it, ECS takes the container instances of the cluster for the resource.
  'ecs:ListTasks': ({ cluster }, place) => [
    one(
      'ecs:ListTasks',
      arn(place, 'ecs', `container-instance/${String(cluster)}/1`),
      place,
      inCluster(cluster, place),
    ),
  ],
  'ecs:DescribeTaskDefinition': ofAll('ecs:DescribeTaskDefinition'),
  'ecs:DeregisterTaskDefinition': ofAll('ecs:DeregisterTaskDefinition'),
  'ecs:ListTaskDefinitions': ofAll('ecs:ListTaskDefinitions'),
  'ecs:ListTaskDefinitionFamilies': ofAll('ecs:ListTaskDefinitionFamilies'),
  'ecs:RegisterTaskDefinition': registerTaskDefinition,
  'ecs:DeleteTaskDefinitions': ({ taskDefinitions }, place) =>
    (taskDefinitions as readonly string[]).map((each) => one('ecs:DeleteTaskDefinitions', each, place)),
  'logs:GetLogEvents': ({ logGroupName, logStreamName }, place) => [
    one(
      'logs:GetLogEvents',
      arn(place, 'logs', `log-group:${String(logGroupName)}:log-stream:${String(logStreamName)}`),
      place,
    ),
  ],
  'sqs:ReceiveMessage': ({ QueueUrl }, place) => [
    one('sqs:ReceiveMessage', queueArn(QueueUrl, place), place),
  ],
  'sqs:DeleteMessageBatch': ({ QueueUrl }, place) => [
    one('sqs:DeleteMessage', queueArn(QueueUrl, place), place),
  ],
};

function runTask(input: Input, place: IamPlace): readonly IamRequest[] {
  const { cluster, taskDefinition, overrides } = input;
  const { taskRoleArn } = (overrides ?? {}) as { taskRoleArn?: string };
  const definition = String(taskDefinition);
  const revision = definition.startsWith('arn:')
    ? definition
    : arn(place, 'ecs', `task-definition/${definition}:1`);
  const task = arn(place, 'ecs', `task/${String(cluster)}/0123456789abcdef`);
  return [
    one('ecs:RunTask', revision, place, inCluster(cluster, place)),
    ...tagged(input, task, 'RunTask', place),
    ...passed([taskRoleArn], place),
  ];
}

function registerTaskDefinition(input: Input, place: IamPlace): readonly IamRequest[] {
  const { family, taskRoleArn, executionRoleArn } = input as Readonly<Record<string, string | undefined>>;
  const definition = arn(place, 'ecs', `task-definition/${family}:1`);
  return [
    one('ecs:RegisterTaskDefinition', definition, place),
    ...tagged(input, definition, 'RegisterTaskDefinition', place),
    ...passed([taskRoleArn, executionRoleArn], place),
  ];
}

function passed(roleArns: readonly (string | undefined)[], place: IamPlace): readonly IamRequest[] {
  const context = { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' };
  return roleArns
    .filter((roleArn) => roleArn !== undefined)
    .map((roleArn) => one('iam:PassRole', roleArn, place, context));
}

function tagged(
  { tags = [] }: Tags,
  resource: string,
  action: string,
  place: IamPlace,
): readonly IamRequest[] {
  return tags.length === 0 ? [] : [one('ecs:TagResource', resource, place, { 'ecs:CreateAction': action })];
}

function ofAll(action: string): Requests {
  return (_, place) => [one(action, '*', place)];
}

function inCluster(cluster: unknown, place: IamPlace): IamRequest['context'] {
  return { 'ecs:cluster': arn(place, 'ecs', `cluster/${String(cluster)}`) };
}

function queueArn(url: unknown, place: IamPlace): string {
  return arn(place, 'sqs', String(url).split('/').at(-1)!);
}

function one(
  action: string,
  resource: string,
  { accountId }: IamPlace,
  context: IamRequest['context'] = {},
): IamRequest {
  return { action, resource, accountId, context };
}

function arn({ region, accountId }: IamPlace, service: string, resource: string): string {
  return `arn:aws:${service}:${region}:${accountId}:${resource}`;
}
