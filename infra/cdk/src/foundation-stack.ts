import { RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Deployment } from './config.js';
import { Repositories } from './registry/repositories.js';
import { FleetSecrets } from './secrets/fleet-secrets.js';

interface FoundationProps extends StackProps {
  readonly deployment: Deployment;
}

/** What has to be filled by a person before anything can run: repositories with images, secrets with values. */
export class FoundationStack extends Stack {
  constructor(scope: Construct, id: string, { deployment, ...props }: FoundationProps) {
    super(scope, id, props);
    const removalPolicy = deployment.retainData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
    new Repositories(this, 'Repositories', { isKept: deployment.retainData });
    new FleetSecrets(this, 'Secrets', { removalPolicy });
  }
}
