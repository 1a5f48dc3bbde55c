import { Duration } from 'aws-cdk-lib';
import type { ISecurityGroup, IVpc } from 'aws-cdk-lib/aws-ec2';
import { SubnetType } from 'aws-cdk-lib/aws-ec2';
import type { IRepository } from 'aws-cdk-lib/aws-ecr';
import {
  AvailabilityZoneRebalancing,
  AwsLogDriverMode,
  ContainerImage,
  CpuArchitecture,
  FargateService,
  FargateTaskDefinition,
  LogDrivers,
  OperatingSystemFamily,
  Secret as EcsSecret,
  type ICluster,
} from 'aws-cdk-lib/aws-ecs';
import type { ApplicationTargetGroup } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.js';
import type { Deployment } from '../config.js';
import { CONTROL_PLANE_PORT } from '../network/network.js';
import type { WorkspaceFiles } from '../storage/workspace-files.js';
import { executionRole } from '../workers/roles.js';
import { CONTROL_PLANE_PATHS } from './environment.js';
import { scale } from './scaling.js';

const WRITABLE = { data: CONTROL_PLANE_PATHS.data, temporary: CONTROL_PLANE_PATHS.temporary } as const;
/** The image has Node, and need have nothing else. */
const PROBE = `fetch('http://127.0.0.1:${CONTROL_PLANE_PORT}/health').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))`;

interface ControlPlaneProps {
  readonly deployment: Deployment;
  readonly cluster: ICluster;
  readonly vpc: IVpc;
  readonly securityGroup: ISecurityGroup;
  readonly repository: IRepository;
  readonly role: IRole;
  readonly environment: Readonly<Record<string, string>>;
  readonly bootstrapKey: ISecret;
  readonly files: WorkspaceFiles;
  readonly logGroup: ILogGroup;
  readonly targets: ApplicationTargetGroup;
}

/** The HTTP API: stateless, as many instances as its load asks for. */
export class ControlPlane extends Construct {
  readonly service: FargateService;
  readonly #props: ControlPlaneProps;

  constructor(scope: Construct, id: string, props: ControlPlaneProps) {
    super(scope, id);
    this.#props = props;
    const { deployment, cluster, securityGroup, targets } = props;
    this.service = new FargateService(this, 'Service', {
      cluster,
      taskDefinition: this.#define(),
      serviceName: 'outpost-control-plane',
      vpcSubnets: { subnetType: SubnetType.PRIVATE_WITH_EGRESS },
      securityGroups: [securityGroup],
      // New ones are well before old ones go, and are taken back where they do not get well.
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
      circuitBreaker: { enable: true, rollback: true },
      healthCheckGracePeriod: Duration.seconds(60),
      availabilityZoneRebalancing: AvailabilityZoneRebalancing.ENABLED,
    });
    this.service.attachToApplicationTargetGroup(targets);
    scale(this.service, targets, deployment.controlPlane);
  }

  #define(): FargateTaskDefinition {
    const { deployment, repository, role, environment, bootstrapKey, files, logGroup } = this.#props;
    const definition = new FargateTaskDefinition(this, 'Definition', {
      family: 'outpost-control-plane',
      cpu: 512,
      memoryLimitMiB: 1024,
      runtimePlatform: {
        cpuArchitecture: CpuArchitecture.ARM64,
        operatingSystemFamily: OperatingSystemFamily.LINUX,
      },
      taskRole: role,
      executionRole: executionRole(this, 'Execution', { repositories: [repository], logGroup }),
      volumes: [
        ...Object.keys(WRITABLE).map((name) => ({ name })),
        {
          name: 'workspaces',
          efsVolumeConfiguration: {
            fileSystemId: files.fileSystem.fileSystemId,
            transitEncryption: 'ENABLED',
            authorizationConfig: { accessPointId: files.root.accessPointId, iam: 'ENABLED' },
          },
        },
      ],
    });
    const container = definition.addContainer('control-plane', {
      image: ContainerImage.fromEcrRepository(repository, deployment.imageTag),
      environment: { ...environment },
      secrets: { OUTPOST_BOOTSTRAP_API_KEY: EcsSecret.fromSecretsManager(bootstrapKey) },
      readonlyRootFilesystem: true,
      stopTimeout: Duration.seconds(30),
      portMappings: [{ containerPort: CONTROL_PLANE_PORT }],
      healthCheck: {
        command: ['CMD', 'node', '-e', PROBE],
        interval: Duration.seconds(10),
        timeout: Duration.seconds(5),
        retries: 3,
        startPeriod: Duration.seconds(30),
      },
      logging: LogDrivers.awsLogs({ logGroup, streamPrefix: 'outpost', mode: AwsLogDriverMode.NON_BLOCKING }),
    });
    container.addMountPoints(
      ...Object.entries({ ...WRITABLE, workspaces: CONTROL_PLANE_PATHS.workspaces }).map(
        ([sourceVolume, containerPath]) => ({ sourceVolume, containerPath, readOnly: false }),
      ),
    );
    acknowledge(
      definition,
      'AwsSolutions-ECS2',
      'What it is told is names, ARNs and limits; its first API key is a secret.',
    );
    return definition;
  }
}
