import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { SubnetType } from 'aws-cdk-lib/aws-ec2';
import { Cluster, ContainerInsights } from 'aws-cdk-lib/aws-ecs';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import type { Deployment } from './config.js';
import { controlPlaneEnvironment } from './control-plane/environment.js';
import { LoadBalancer } from './control-plane/load-balancer.js';
import { ControlPlaneRole } from './control-plane/role.js';
import { ControlPlane } from './control-plane/service.js';
import { KeptData } from './data/kept-data.js';
import { BUS_NAME } from './events/bus.js';
import { Events } from './events/events.js';
import { Network } from './network/network.js';
import { Alarms } from './observability/alarms.js';
import { FleetDashboard } from './observability/dashboard.js';
import { WORKER_LOG_GROUP } from './observability/log-groups.js';
import { KnownRepositories } from './registry/repositories.js';
import { BOOTSTRAP_KEY_SECRET } from './secrets/fleet-secrets.js';
import { WorkspaceFiles } from './storage/workspace-files.js';
import { workerEnvironment } from './workers/environment.js';
import { WorkerRoles } from './workers/roles.js';
import { TaskDefinitions } from './workers/task-definitions.js';

/** What the drivers call it, unless they are told another. */
const CLUSTER_NAME = 'outpost';

interface OutpostProps extends StackProps {
  readonly deployment: Deployment;
}

/** The whole of Outpost, but for what a person has to fill before. */
export class OutpostStack extends Stack {
  constructor(scope: Construct, id: string, { deployment, ...props }: OutpostProps) {
    super(scope, id, props);
    const repositories = new KnownRepositories(this, 'Repositories');
    const { keys, tables, logGroups, buckets, removalPolicy } = new KeptData(this, 'Data', { deployment });
    const network = new Network(this, 'Network', { deployment, flowLogs: logGroups.network });
    const { vpc } = network;
    const files = new WorkspaceFiles(this, 'WorkspaceFiles', {
      vpc,
      securityGroup: network.fileSystemGroup,
      encryptionKey: keys.data,
      removalPolicy,
    });
    const cluster = new Cluster(this, 'Cluster', {
      clusterName: CLUSTER_NAME,
      vpc,
      containerInsightsV2: ContainerInsights.ENABLED,
    });
    const { wakeQueue, ledger, auditTrail } = new Events(this, 'Events', {
      clusterArn: cluster.clusterArn,
      auditTable: tables.all.audit,
      auditLog: logGroups.audit,
    });

    const place = { region: deployment.region, accountId: this.account, partition: this.partition };
    const fleet = {
      ...place,
      buckets: [buckets.artifacts, buckets.logs, buckets.workspaces].map(({ bucketName }) => bucketName),
      kmsKeyArn: keys.objects.keyArn,
      busName: BUS_NAME,
    };
    const roles = new WorkerRoles(this, 'WorkerRoles', {
      fleet,
      tenantsWithRole: deployment.tenantsWithRole,
      repositories: Object.values(repositories.workers),
      logGroup: logGroups.workers,
    });
    const told = {
      deployment,
      artifactsBucket: buckets.artifacts.bucketName,
      logsBucket: buckets.logs.bucketName,
      workspacesBucket: buckets.workspaces.bucketName,
      kmsKeyArn: keys.objects.keyArn,
      busName: BUS_NAME,
    };
    new TaskDefinitions(this, 'TaskDefinitions', {
      deployment,
      roles,
      repositories: repositories.workers,
      logGroup: logGroups.workers,
      environment: workerEnvironment(told),
    });

    const controlPlaneRole = new ControlPlaneRole(this, 'ControlPlaneRole');
    controlPlaneRole.grant({
      ...fleet,
      clusterName: CLUSTER_NAME,
      workerRoleArns: roles.arns,
      logGroup: WORKER_LOG_GROUP,
      wakeQueueArn: wakeQueue.queue.queueArn,
      fileSystemArn: files.fileSystem.fileSystemArn,
    });
    files.grantWorkers(roles);
    files.grantControlPlane(controlPlaneRole.role);
    const { loadBalancer, targets, url } = new LoadBalancer(this, 'LoadBalancer', {
      deployment,
      vpc,
      securityGroup: network.loadBalancerGroup,
      accessLogs: buckets.accessLogs,
    });
    const { service } = new ControlPlane(this, 'ControlPlane', {
      deployment,
      cluster,
      vpc,
      securityGroup: network.controlPlaneGroup,
      repository: repositories.controlPlane,
      role: controlPlaneRole.role,
      bootstrapKey: Secret.fromSecretNameV2(this, 'BootstrapKey', BOOTSTRAP_KEY_SECRET),
      files,
      logGroup: logGroups.controlPlane,
      targets,
      environment: controlPlaneEnvironment({
        ...told,
        clusterName: CLUSTER_NAME,
        subnetIds: vpc.selectSubnets({ subnetType: SubnetType.PRIVATE_WITH_EGRESS }).subnetIds,
        securityGroupIds: [network.workerGroup.securityGroupId],
        logGroup: WORKER_LOG_GROUP,
        fileSystemId: files.fileSystem.fileSystemId,
        wakeQueueUrl: wakeQueue.queue.queueUrl,
        tenantRoles: Object.fromEntries(
          Object.entries(roles.tenants).map(([tenantId, { roleArn }]) => [tenantId, roleArn]),
        ),
      }),
    });

    const watched = { service, loadBalancer, targets };
    const alarms = new Alarms(this, 'Alarms', {
      ...watched,
      deadLetters: [ledger.deadLetters, auditTrail.deadLetters],
      ledger: ledger.queue,
      encryptionKey: keys.data,
      email: deployment.alarmEmail,
    });
    new FleetDashboard(this, 'Dashboard', { ...watched, alarms: alarms.all });
    new CfnOutput(this, 'Url', { value: url, description: 'OUTPOST_URL of clients.' });
    new CfnOutput(this, 'LedgerQueueUrl', { value: ledger.queue.queueUrl });
    new CfnOutput(this, 'AlarmTopicArn', { value: alarms.topic.topicArn });
  }
}
