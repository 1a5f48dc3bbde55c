import {
  FlowLogDestination,
  FlowLogTrafficType,
  IpAddresses,
  Peer,
  Port,
  SecurityGroup,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.js';
import type { Deployment } from '../config.js';
import { Endpoints } from './endpoints.js';

/** Where the control plane listens, behind the load balancer. */
export const CONTROL_PLANE_PORT = 3000;
const NFS_PORT = 2049;

interface NetworkProps {
  readonly deployment: Deployment;
  readonly flowLogs: ILogGroup;
}

/**
 * Two zones, each with a public subnet for the load balancer and the way out, and a private one for all that runs.
 * Nothing connects to a worker; workers and control planes connect to the internet on the given ports alone.
 */
export class Network extends Construct {
  readonly vpc: Vpc;
  readonly loadBalancerGroup: SecurityGroup;
  readonly controlPlaneGroup: SecurityGroup;
  readonly workerGroup: SecurityGroup;
  readonly fileSystemGroup: SecurityGroup;

  constructor(scope: Construct, id: string, { deployment, flowLogs }: NetworkProps) {
    super(scope, id);
    this.vpc = new Vpc(this, 'Vpc', {
      ipAddresses: IpAddresses.cidr('10.20.0.0/16'),
      availabilityZones: [...deployment.zones],
      natGateways: deployment.natGateways,
      restrictDefaultSecurityGroup: false,
      subnetConfiguration: [
        { name: 'public', subnetType: SubnetType.PUBLIC, cidrMask: 24, mapPublicIpOnLaunch: false },
        { name: 'private', subnetType: SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 20 },
      ],
      flowLogs: {
        all: {
          destination: FlowLogDestination.toCloudWatchLogs(flowLogs),
          trafficType: FlowLogTrafficType.REJECT,
        },
      },
    });
    this.loadBalancerGroup = this.#group('LoadBalancer', 'the load balancer');
    this.controlPlaneGroup = this.#group('ControlPlane', 'control planes');
    this.workerGroup = this.#group('Worker', 'workers');
    this.fileSystemGroup = this.#group('FileSystem', 'the file system of workspaces');
    this.#allow(deployment);
    new Endpoints(this, 'Endpoints', {
      vpc: this.vpc,
      services: deployment.interfaceEndpoints,
      clients: [this.controlPlaneGroup, this.workerGroup],
    });
  }

  #group(id: string, of: string): SecurityGroup {
    return new SecurityGroup(this, id, {
      vpc: this.vpc,
      description: `Of ${of}.`,
      allowAllOutbound: false,
    });
  }

  #allow({ allowedCidrs, certificateArn, egressPorts }: Deployment): void {
    const { loadBalancerGroup, controlPlaneGroup, workerGroup, fileSystemGroup } = this;
    for (const cidr of allowedCidrs)
      for (const port of certificateArn === undefined ? [80] : [80, 443])
        loadBalancerGroup.addIngressRule(Peer.ipv4(cidr), Port.tcp(port), 'Callers.');
    acknowledge(
      loadBalancerGroup,
      'AwsSolutions-EC23',
      'The API is public unless allowedCidrs says otherwise; every call needs a key.',
    );
    controlPlaneGroup.addIngressRule(loadBalancerGroup, Port.tcp(CONTROL_PLANE_PORT), 'The load balancer.');
    loadBalancerGroup.addEgressRule(controlPlaneGroup, Port.tcp(CONTROL_PLANE_PORT), 'Control planes.');
    for (const group of [controlPlaneGroup, workerGroup]) {
      for (const port of egressPorts)
        group.addEgressRule(Peer.anyIpv4(), Port.tcp(port), 'Models, git hosts, registries and AWS.');
      group.addEgressRule(fileSystemGroup, Port.tcp(NFS_PORT), 'Persistent workspaces.');
      fileSystemGroup.addIngressRule(group, Port.tcp(NFS_PORT), 'Persistent workspaces.');
    }
  }
}
