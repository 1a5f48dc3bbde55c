import type { RemovalPolicy } from 'aws-cdk-lib';
import type { ISecurityGroup, IVpc } from 'aws-cdk-lib/aws-ec2';
import { SubnetType } from 'aws-cdk-lib/aws-ec2';
import { AccessPoint, FileSystem, LifecyclePolicy, ThroughputMode } from 'aws-cdk-lib/aws-efs';
import {
  AnyPrincipal,
  ArnPrincipal,
  Effect,
  PolicyDocument,
  PolicyStatement,
  type IPrincipal,
  type IRole,
} from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import type { WorkerRoles } from '../workers/roles.js';

interface WorkspaceFilesProps {
  readonly vpc: IVpc;
  readonly securityGroup: ISecurityGroup;
  readonly encryptionKey: IKey;
  readonly removalPolicy: RemovalPolicy;
}

/** Persistent workspaces: `/<tenantId>/<workspaceId>`, each behind an access point that the driver makes. */
export class WorkspaceFiles extends Construct {
  readonly fileSystem: FileSystem;
  /** The root, for control planes, which delete what workers wrote. */
  readonly root: AccessPoint;
  readonly #policy = new PolicyDocument();

  constructor(scope: Construct, id: string, props: WorkspaceFilesProps) {
    super(scope, id);
    const { vpc, securityGroup, encryptionKey, removalPolicy } = props;
    this.fileSystem = new FileSystem(this, 'FileSystem', {
      vpc,
      vpcSubnets: { subnetType: SubnetType.PRIVATE_WITH_EGRESS },
      securityGroup,
      encrypted: true,
      kmsKey: encryptionKey,
      removalPolicy,
      enableAutomaticBackups: true,
      throughputMode: ThroughputMode.ELASTIC,
      lifecyclePolicy: LifecyclePolicy.AFTER_14_DAYS,
      fileSystemPolicy: this.#policy,
      // So that nothing is added to that policy: else whoever may mount it would be root.
      allowAnonymousAccess: true,
    });
    // Whoever the image runs as, in here it is root: the access point says so, not the container.
    this.root = new AccessPoint(this, 'Root', {
      fileSystem: this.fileSystem,
      path: '/',
      posixUser: { uid: '0', gid: '0' },
    });
    this.#denyInTheClear();
  }

  /** Workers mount what their task definition names, as its user: to them the root is an empty room. */
  grantWorkers({ agents, tenantArns }: Pick<WorkerRoles, 'agents' | 'tenantArns'>): void {
    const actions = ['ClientMount', 'ClientWrite'];
    this.#grant('Workers', Object.values(agents).map(principalOf), actions);
    // By their path: a file system's policy has room for some hundred ARNs.
    this.#grant('WorkersOfTenants', [new AnyPrincipal()], actions, {
      ArnLike: { 'aws:PrincipalArn': tenantArns },
    });
  }

  grantControlPlane(role: IRole): void {
    this.#grant('ControlPlane', [principalOf(role)], ['ClientMount', 'ClientWrite', 'ClientRootAccess']);
  }

  /** Through an access point alone. Which one a policy cannot say: they are made after it. */
  #grant(
    sid: string,
    principals: readonly IPrincipal[],
    actions: readonly string[],
    conditions: Readonly<Record<string, unknown>> = {},
  ): void {
    this.#policy.addStatements(
      new PolicyStatement({
        sid,
        principals: [...principals],
        actions: actions.map((action) => `elasticfilesystem:${action}`),
        conditions: {
          ...conditions,
          Bool: { 'elasticfilesystem:AccessedViaMountTarget': 'true' },
          Null: { 'elasticfilesystem:AccessPointArn': 'false' },
        },
      }),
    );
  }

  #denyInTheClear(): void {
    this.#policy.addStatements(
      new PolicyStatement({
        sid: 'OverTlsAlone',
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: ['*'],
        conditions: { Bool: { 'aws:SecureTransport': 'false' } },
      }),
    );
  }
}

function principalOf({ roleArn }: IRole): IPrincipal {
  return new ArnPrincipal(roleArn);
}
