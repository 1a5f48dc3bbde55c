import type {
  DeleteTaskDefinitionsRequest,
  DescribeTaskDefinitionRequest,
  Failure,
  ListTaskDefinitionFamiliesRequest,
  ListTaskDefinitionsRequest,
  RegisterTaskDefinitionRequest,
  Tag,
  TaskDefinition,
} from '@aws-sdk/client-ecs';
import { TEST_REGION } from './clients.js';
import { ServiceFault } from './json-service.js';

export const TEST_ACCOUNT_ID = '123456789012';
const MAX_DELETED_AT_ONCE = 10;

export type RegisteredDefinition = TaskDefinition & {
  readonly taskDefinitionArn: string;
  readonly family: string;
  readonly revision: number;
};

interface Entry {
  readonly definition: RegisteredDefinition;
  readonly tags: readonly Tag[];
}

/** The task definitions of one account, as ECS keeps them. */
export class TaskDefinitions {
  readonly #pageSize: number;
  readonly #entries = new Map<string, Entry>();
  readonly #lastRevision = new Map<string, number>();

  constructor(pageSize: number) {
    this.#pageSize = pageSize;
  }

  /** By ARN, `family:revision` or family: then the newest active revision. */
  find(reference: string): RegisteredDefinition | undefined {
    return this.#find(reference)?.definition;
  }

  readonly operations = {
    RegisterTaskDefinition: ({ tags = [], ...input }: RegisterTaskDefinitionRequest) => {
      const family = input.family ?? '';
      const revision = (this.#lastRevision.get(family) ?? 0) + 1;
      const taskDefinitionArn = `arn:aws:ecs:${TEST_REGION}:${TEST_ACCOUNT_ID}:task-definition/${family}:${revision}`;
      const definition = { ...input, family, revision, taskDefinitionArn, status: 'ACTIVE' as const };
      this.#lastRevision.set(family, revision);
      this.#entries.set(taskDefinitionArn, { definition, tags });
      return { taskDefinition: definition, tags };
    },
    DescribeTaskDefinition: ({ taskDefinition = '', include = [] }: DescribeTaskDefinitionRequest) => {
      const found = this.#find(taskDefinition);
      if (found === undefined)
        throw new ServiceFault('ClientException', 'Unable to describe task definition.');
      return {
        taskDefinition: found.definition,
        ...(include.includes('TAGS') && { tags: found.tags }),
      };
    },
    DeregisterTaskDefinition: ({ taskDefinition = '' }: { readonly taskDefinition?: string }) => {
      const found = this.#entries.get(taskDefinition);
      if (found === undefined)
        throw new ServiceFault('ClientException', 'The specified task definition does not exist.');
      const definition = { ...found.definition, status: 'INACTIVE' as const };
      this.#entries.set(taskDefinition, { ...found, definition });
      return { taskDefinition: definition };
    },
    DeleteTaskDefinitions: ({ taskDefinitions = [] }: DeleteTaskDefinitionsRequest) => {
      if (taskDefinitions.length > MAX_DELETED_AT_ONCE)
        throw new ServiceFault('InvalidParameterException', 'At most 10 task definitions can be deleted.');
      const failures = taskDefinitions.map((arn) => this.#delete(arn)).filter((each) => each !== undefined);
      return { taskDefinitions: [], failures };
    },
    ListTaskDefinitions: ({ familyPrefix, status = 'ACTIVE', nextToken }: ListTaskDefinitionsRequest) => {
      const arns = [...this.#entries.values()]
        .filter(({ definition }) => definition.status === status)
        .filter(({ definition }) => familyPrefix === undefined || definition.family === familyPrefix)
        .map(({ definition }) => definition.taskDefinitionArn);
      const { items, ...page } = pageOf(arns, this.#pageSize, nextToken);
      return { taskDefinitionArns: items, ...page };
    },
    ListTaskDefinitionFamilies: ({
      familyPrefix = '',
      status = 'ALL',
      nextToken,
    }: ListTaskDefinitionFamiliesRequest) => {
      const families = [...this.#entries.values()]
        .filter(({ definition }) => status === 'ALL' || definition.status === status)
        .map(({ definition }) => definition.family)
        .filter((family) => family.startsWith(familyPrefix));
      const { items, ...page } = pageOf(families, this.#pageSize, nextToken);
      return { families: items, ...page };
    },
  };

  #find(reference: string): Entry | undefined {
    const name = reference.split('/').at(-1) ?? '';
    return [...this.#entries.values()].findLast(({ definition: { family, revision, status } }) =>
      name.includes(':') ? `${family}:${revision}` === name : family === name && status === 'ACTIVE',
    );
  }

  #delete(arn: string): Failure | undefined {
    const found = this.#entries.get(arn);
    if (found === undefined) return { arn, reason: 'MISSING' };
    if (found.definition.status !== 'INACTIVE')
      return { arn, reason: 'The task definition is still active.' };
    this.#entries.delete(arn);
    return undefined;
  }
}

/** The token is the last item of the page before: items may go between two pages. */
export function pageOf(all: readonly string[], pageSize: number, token = '') {
  const rest = [...new Set(all)].filter((item) => item > token).toSorted();
  const items = rest.slice(0, pageSize);
  return { items, nextToken: items.length < rest.length ? items.at(-1) : undefined };
}
