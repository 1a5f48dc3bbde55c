import { controlPolicy, type ControlPolicyParams } from '@outpost/platform/aws/definitions';
import { Policy, PolicyDocument, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { acknowledgeWildcards } from '../acknowledge.js';

/** As whom control planes run. */
export class ControlPlaneRole extends Construct {
  readonly role: Role;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') });
  }

  /** Apart from the role: the file system's own policy names the role, and this one the file system. */
  grant(params: ControlPolicyParams): void {
    const document = controlPolicy(params);
    const policy = new Policy(this.role, 'Policy', {
      document: PolicyDocument.fromJson(document),
      roles: [this.role],
    });
    acknowledgeWildcards(
      policy,
      document,
      'It serves all tenants, starts any revision of the task definitions, and calls what ECS knows no resource of; packages/platform/src/aws/control-policy.test.ts holds what the wildcards leave open.',
    );
  }
}
