import { AGENT_NAMES, TIER_NAMES, TIERS, type AgentName, type TierName } from '@outpost/contracts';
import { STREAM_PREFIX, taskFamily, WORKER_CONTAINER } from '@outpost/platform/aws/definitions';
import { Duration } from 'aws-cdk-lib';
import type { IRepository } from 'aws-cdk-lib/aws-ecr';
import {
  AwsLogDriverMode,
  Capability,
  ContainerImage,
  CpuArchitecture,
  FargateTaskDefinition,
  LinuxParameters,
  LogDrivers,
  OperatingSystemFamily,
} from 'aws-cdk-lib/aws-ecs';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.js';
import type { Deployment } from '../config.js';
import { WORKER_PATHS } from './environment.js';
import type { WorkerRoles } from './roles.js';

/** What every task on Fargate has without being asked for, and is not paid for. */
const FARGATE_STORAGE_GB = 20;
/** The longest that Fargate allows: a worker that is to end uploads what it has. */
const STOP_TIMEOUT = Duration.seconds(120);
/** Those of the volumes that a worker writes to: all else of its disk is read-only. */
const WRITABLE = [WORKER_PATHS.workspace, WORKER_PATHS.data, WORKER_PATHS.temporary];
/** Of those that a container has by default, what neither the runner nor an agent has a use for. */
const DROPPED = [
  Capability.AUDIT_WRITE,
  Capability.MKNOD,
  Capability.NET_BIND_SERVICE,
  Capability.NET_RAW,
  Capability.SETFCAP,
  Capability.SYS_CHROOT,
];

interface TaskDefinitionsProps {
  readonly deployment: Deployment;
  readonly roles: WorkerRoles;
  readonly repositories: Readonly<Record<AgentName, IRepository>>;
  readonly logGroup: ILogGroup;
  readonly environment: Readonly<Record<string, string>>;
}

/** One for each agent and tier, as an agent may be dispatched to another tier than its own. */
export class TaskDefinitions extends Construct {
  readonly #props: TaskDefinitionsProps;

  constructor(scope: Construct, id: string, props: TaskDefinitionsProps) {
    super(scope, id);
    this.#props = props;
    for (const agent of AGENT_NAMES) for (const tier of TIER_NAMES) this.#define(agent, tier);
  }

  #define(agent: AgentName, tier: TierName): void {
    const { deployment, roles } = this.#props;
    const { cpuUnits, memoryMb, storageGb } = TIERS[tier];
    const family = taskFamily({ agent, tier });
    const definition = new FargateTaskDefinition(this, family, {
      family,
      cpu: cpuUnits,
      memoryLimitMiB: memoryMb,
      // Less than it has cannot be asked for: what a tier has less, the worker's own limits keep to.
      ...(storageGb > FARGATE_STORAGE_GB && { ephemeralStorageGiB: storageGb }),
      runtimePlatform: {
        cpuArchitecture:
          deployment.cpuArchitecture === 'arm64' ? CpuArchitecture.ARM64 : CpuArchitecture.X86_64,
        operatingSystemFamily: OperatingSystemFamily.LINUX,
      },
      taskRole: roles.agents[agent],
      executionRole: roles.execution,
      volumes: WRITABLE.map((path) => ({ name: volumeOf(path) })),
    });
    this.#addWorker(definition, agent);
    acknowledge(
      definition,
      'AwsSolutions-ECS2',
      'What a worker is told is names and ARNs; secrets it reads with its own role.',
    );
  }

  #addWorker(definition: FargateTaskDefinition, agent: AgentName): void {
    const { deployment, repositories, logGroup, environment } = this.#props;
    const linuxParameters = new LinuxParameters(definition, 'Linux');
    linuxParameters.dropCapabilities(...DROPPED);
    const container = definition.addContainer(WORKER_CONTAINER, {
      containerName: WORKER_CONTAINER,
      image: ContainerImage.fromEcrRepository(repositories[agent], deployment.imageTag),
      essential: true,
      environment: { ...environment },
      readonlyRootFilesystem: true,
      linuxParameters,
      stopTimeout: STOP_TIMEOUT,
      // A line that CloudWatch is not given is lost to who follows, and to who looks for why a worker died.
      logging: LogDrivers.awsLogs({ logGroup, streamPrefix: STREAM_PREFIX, mode: AwsLogDriverMode.BLOCKING }),
    });
    container.addMountPoints(
      ...WRITABLE.map((path) => ({ sourceVolume: volumeOf(path), containerPath: path, readOnly: false })),
    );
  }
}

function volumeOf(path: string): string {
  return path.slice(1).replaceAll('/', '-');
}
