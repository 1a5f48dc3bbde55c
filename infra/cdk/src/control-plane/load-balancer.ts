import { Duration } from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { ISecurityGroup, IVpc } from 'aws-cdk-lib/aws-ec2';
import {
  ApplicationListener,
  ApplicationLoadBalancer,
  ApplicationProtocol,
  ApplicationTargetGroup,
  ListenerAction,
  SslPolicy,
  TargetType,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { Deployment } from '../config.js';
import { CONTROL_PLANE_PORT } from '../network/network.js';

interface LoadBalancerProps {
  readonly deployment: Deployment;
  readonly vpc: IVpc;
  readonly securityGroup: ISecurityGroup;
  readonly accessLogs: IBucket;
}

/** The one address of the fleet. */
export class LoadBalancer extends Construct {
  readonly loadBalancer: ApplicationLoadBalancer;
  readonly targets: ApplicationTargetGroup;
  readonly url: string;

  constructor(
    scope: Construct,
    id: string,
    { deployment, vpc, securityGroup, accessLogs }: LoadBalancerProps,
  ) {
    super(scope, id);
    this.loadBalancer = new ApplicationLoadBalancer(this, 'LoadBalancer', {
      vpc,
      securityGroup,
      internetFacing: true,
      idleTimeout: Duration.seconds(60),
      dropInvalidHeaderFields: true,
      deletionProtection: deployment.retainData,
    });
    this.loadBalancer.logAccessLogs(accessLogs, 'load-balancer');
    this.targets = new ApplicationTargetGroup(this, 'Targets', {
      vpc,
      port: CONTROL_PLANE_PORT,
      protocol: ApplicationProtocol.HTTP,
      targetType: TargetType.IP,
      // A control plane answers what it has begun within 20 s of being told to end.
      deregistrationDelay: Duration.seconds(30),
      healthCheck: {
        path: '/health',
        interval: Duration.seconds(5),
        timeout: Duration.seconds(4),
        healthyThresholdCount: 2,
        unhealthyThresholdCount: 2,
        healthyHttpCodes: '200',
      },
    });
    this.#listen(deployment.certificateArn);
    const scheme = deployment.certificateArn === undefined ? 'http' : 'https';
    this.url = `${scheme}://${this.loadBalancer.loadBalancerDnsName}`;
  }

  #listen(certificateArn: string | undefined): void {
    const { loadBalancer, targets } = this;
    const forward = ListenerAction.forward([targets]);
    const http = (defaultAction: ListenerAction) =>
      new ApplicationListener(this, 'Http', { loadBalancer, port: 80, open: false, defaultAction });
    if (certificateArn === undefined) {
      http(forward);
      return;
    }
    http(ListenerAction.redirect({ protocol: 'HTTPS', port: '443', permanent: true }));
    new ApplicationListener(this, 'Https', {
      loadBalancer,
      port: 443,
      protocol: ApplicationProtocol.HTTPS,
      certificates: [Certificate.fromCertificateArn(this, 'Certificate', certificateArn)],
      sslPolicy: SslPolicy.RECOMMENDED_TLS,
      open: false,
      defaultAction: forward,
    });
  }
}
