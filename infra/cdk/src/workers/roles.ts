import { AGENT_NAMES, type AgentName } from '@outpost/contracts';
import {
  pooledWorkerPolicy,
  workerPolicy,
  type FleetPolicyParams,
  type PolicyDocument as Policy,
} from '@outpost/platform/aws/definitions';
import { Stack } from 'aws-cdk-lib';
import type { IRepository } from 'aws-cdk-lib/aws-ecr';
import { PolicyDocument, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { acknowledge, acknowledgeWildcards } from '../acknowledge.js';

/** Of the roles of tenants: by it a policy means all of them, however many there are. */
const TENANT_PATH = '/outpost-tenants/';

interface WorkerRolesProps {
  /** Of the fleet; each agent's workers have only that agent's part. */
  readonly fleet: Omit<FleetPolicyParams, 'agent'>;
  readonly tenantsWithRole: readonly string[];
  readonly repositories: readonly IRepository[];
  readonly logGroup: ILogGroup;
}

/** As whom workers run. */
export class WorkerRoles extends Construct {
  /** What ECS itself does to start a worker. */
  readonly execution: Role;
  /** Of workers that may work for any tenant without a role of its own. */
  readonly agents: Readonly<Record<AgentName, Role>>;
  /** Of those tenants that have one: by IAM, and not only by code, their workers reach nothing of another's. */
  readonly tenants: Readonly<Record<string, Role>>;

  constructor(scope: Construct, id: string, props: WorkerRolesProps) {
    super(scope, id);
    const { fleet, tenantsWithRole, repositories, logGroup } = props;
    this.execution = executionRole(this, 'Execution', { repositories, logGroup });
    const agents = AGENT_NAMES.map((agent) => [
      agent,
      this.#role(agent, pooledWorkerPolicy({ ...fleet, agent })),
    ]);
    this.agents = Object.fromEntries(agents) as Record<AgentName, Role>;
    const tenants = tenantsWithRole.map((tenantId) => [
      tenantId,
      this.#role(`Tenant-${tenantId}`, workerPolicy({ ...fleet, tenantId }), TENANT_PATH),
    ]);
    this.tenants = Object.fromEntries(tenants) as Record<string, Role>;
  }

  /** ARNs of all that the control plane may start a task with. */
  get arns(): readonly string[] {
    return [
      this.execution.roleArn,
      ...Object.values(this.agents).map(({ roleArn }) => roleArn),
      this.tenantArns,
    ];
  }

  /** Pattern of the ARNs of all roles of tenants. */
  get tenantArns(): string {
    const { partition, account } = Stack.of(this);
    return `arn:${partition}:iam::${account}:role${TENANT_PATH}*`;
  }

  #role(id: string, policy: Policy, path = '/'): Role {
    const role = new Role(this, id, {
      path,
      assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com'),
      inlinePolicies: { worker: PolicyDocument.fromJson(policy) },
    });
    acknowledgeWildcards(
      role,
      policy,
      'Objects and secrets are reached by the prefix of their tenant, rows by dynamodb:LeadingKeys: what the wildcards leave open is held by packages/platform/src/aws/worker-policy.test.ts.',
    );
    return role;
  }
}

interface ExecutionRoleProps {
  readonly repositories: readonly IRepository[];
  readonly logGroup: ILogGroup;
}

/** May pull these images and write this log. */
export function executionRole(
  scope: Construct,
  id: string,
  { repositories, logGroup }: ExecutionRoleProps,
): Role {
  const role = new Role(scope, id, { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') });
  for (const repository of repositories) repository.grantPull(role);
  logGroup.grantWrite(role);
  acknowledge(
    role,
    'AwsSolutions-IAM5[Resource::*]',
    'ecr:GetAuthorizationToken knows no resource; what it opens is limited to the repositories.',
  );
  return role;
}
