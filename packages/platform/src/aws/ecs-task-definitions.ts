import {
  DescribeTaskDefinitionCommand,
  type ECSClient,
  type Tag,
  type TaskDefinition,
} from '@aws-sdk/client-ecs';
import { isNamed } from './errors.js';

export interface FoundTaskDefinition {
  readonly arn: string;
  readonly definition: TaskDefinition;
  readonly tags: readonly Tag[];
}

/** The newest active revision of a family, or undefined. */
export async function findTaskDefinition(
  ecs: ECSClient,
  family: string,
): Promise<FoundTaskDefinition | undefined> {
  try {
    const { taskDefinition: definition, tags = [] } = await ecs.send(
      new DescribeTaskDefinitionCommand({ taskDefinition: family, include: ['TAGS'] }),
    );
    const arn = definition?.taskDefinitionArn;
    return definition === undefined || arn === undefined ? undefined : { arn, definition, tags };
  } catch (error) {
    // "Unable to describe task definition.": the one thing that ECS takes exception to here.
    if (isNamed(error, 'ClientException')) return undefined;
    throw error;
  }
}
