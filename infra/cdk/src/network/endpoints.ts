import {
  GatewayVpcEndpointAwsService,
  InterfaceVpcEndpointAwsService,
  Port,
  SecurityGroup,
  type ISecurityGroup,
  type Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import type { ENDPOINTS } from '../config.js';

type ServiceName = (typeof ENDPOINTS)[number];

interface EndpointsProps {
  readonly vpc: Vpc;
  readonly services: readonly ServiceName[];
  readonly clients: readonly ISecurityGroup[];
}

/** Ways to AWS that do not lead through the NAT gateways: where those are down, or dear. */
export class Endpoints extends Construct {
  constructor(scope: Construct, id: string, { vpc, services, clients }: EndpointsProps) {
    super(scope, id);
    vpc.addGatewayEndpoint('S3', { service: GatewayVpcEndpointAwsService.S3 });
    vpc.addGatewayEndpoint('DynamoDB', { service: GatewayVpcEndpointAwsService.DYNAMODB });
    if (services.length === 0) return;
    const group = new SecurityGroup(this, 'Group', {
      vpc,
      description: 'Of the interface endpoints.',
      allowAllOutbound: false,
    });
    for (const client of clients) group.addIngressRule(client, Port.tcp(443), 'Calls of AWS.');
    for (const name of services)
      vpc.addInterfaceEndpoint(name.replaceAll('.', '-'), {
        service: new InterfaceVpcEndpointAwsService(name),
        securityGroups: [group],
        // Who may call is said by the group: by default all of the network may.
        open: false,
      });
  }
}
