import { RegisterTaskDefinitionCommand, type ECSClient } from '@aws-sdk/client-ecs';
import { AGENT_NAMES, TIER_NAMES, TIERS, type AgentName, type TierName } from '@outpost/contracts';
import { taskFamily, WORKER_CONTAINER } from '../../aws/task-names.js';
import { TEST_REGION } from './clients.js';

const STOP_TIMEOUT_SECONDS = 30;

export interface WorkerDefinitionOptions {
  /** Of every worker's container. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly taskRoleArn?: string;
  readonly logGroup?: string;
  readonly logStreamPrefix?: string;
  readonly image?: (agent: AgentName) => string;
}

/** Registers a task definition for each agent and tier, as the stack does. */
export async function registerWorkerTaskDefinitions(
  ecs: ECSClient,
  options: WorkerDefinitionOptions = {},
): Promise<void> {
  const kinds = AGENT_NAMES.flatMap((agent) => TIER_NAMES.map((tier) => ({ agent, tier })));
  await Promise.all(kinds.map((kind) => ecs.send(registration(kind, options))));
}

function registration(
  { agent, tier }: { readonly agent: AgentName; readonly tier: TierName },
  options: WorkerDefinitionOptions,
): RegisterTaskDefinitionCommand {
  const {
    environment = {},
    taskRoleArn = 'arn:aws:iam::123456789012:role/outpost-worker',
    logGroup = '/ecs/outpost-workers',
    logStreamPrefix = 'outpost',
    image = (name) => `123456789012.dkr.ecr.us-east-1.amazonaws.com/outpost/${name}:test`,
  } = options;
  return new RegisterTaskDefinitionCommand({
    family: taskFamily({ agent, tier }),
    requiresCompatibilities: ['FARGATE'],
    networkMode: 'awsvpc',
    cpu: String(TIERS[tier].cpuUnits),
    memory: String(TIERS[tier].memoryMb),
    taskRoleArn,
    executionRoleArn: 'arn:aws:iam::123456789012:role/outpost-execution',
    containerDefinitions: [
      {
        name: WORKER_CONTAINER,
        image: image(agent),
        essential: true,
        stopTimeout: STOP_TIMEOUT_SECONDS,
        environment: Object.entries(environment).map(([name, value]) => ({ name, value })),
        logConfiguration: {
          logDriver: 'awslogs',
          options: {
            'awslogs-group': logGroup,
            'awslogs-region': TEST_REGION,
            'awslogs-stream-prefix': logStreamPrefix,
          },
        },
      },
    ],
  });
}
