import { TABLES } from '@outpost/platform/aws/definitions';
import { Stack } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { addChecks, createApp } from './app.js';
import { containerOf, taskDefinitions } from './testing/containers.js';
import { ofType, synthesize, TEST_ACCOUNT } from './testing/synthesis.js';

/** Both are checked by cdk-nag and by CloudFormation's own rules: with a finding there would be nothing to test. */
const CERTIFICATE = `arn:aws:acm:us-east-1:${TEST_ACCOUNT}:certificate/1`;
const dev = synthesize({ stage: 'dev', isChecked: true });
const prod = synthesize({
  stage: 'prod',
  isChecked: true,
  overrides: { certificateArn: CERTIFICATE, tenantsWithRole: ['acme'], alarmEmail: 'ops@example.com' },
});

/** As the architecture has them. */
const TIERS = {
  flagship: { Cpu: '2048', Memory: '4096', storageGb: 20, agents: ['claude'] },
  balanced: { Cpu: '1024', Memory: '2048', storageGb: 10, agents: ['codex', 'gemini'] },
  fast: { Cpu: '512', Memory: '1024', storageGb: 5, agents: ['aider', 'grok'] },
};
const AGENTS = Object.values(TIERS).flatMap(({ agents }) => agents);

it('fails on a finding', () => {
  const app = createApp({ outdir: mkdtempSync(join(tmpdir(), 'outpost-cdk-')) });
  addChecks(app);
  new Bucket(new Stack(app, 'Careless'), 'Bucket');
  expect(() => app.synth()).toThrow('AwsSolutions-S10');
});

describe('workers', () => {
  it.each(Object.entries(TIERS))('of the tier %s have its resources', (tier, { Cpu, Memory, storageGb }) => {
    for (const agent of AGENTS) {
      const definition = taskDefinitions(dev.outpost).get(`outpost-${agent}-${tier}`);
      expect(definition).toMatchObject({
        Cpu,
        Memory,
        RequiresCompatibilities: ['FARGATE'],
        RuntimePlatform: { CpuArchitecture: 'ARM64', OperatingSystemFamily: 'LINUX' },
      });
      // Without it Fargate gives 20 GB, and less cannot be had.
      expect(definition?.EphemeralStorage?.SizeInGiB ?? 20).toBeGreaterThanOrEqual(storageGb);
    }
  });

  it('are of five agents in three tiers, and nothing else', () => {
    const families = Object.keys(TIERS).flatMap((tier) => AGENTS.map((agent) => `outpost-${agent}-${tier}`));
    expect([...taskDefinitions(dev.outpost).keys()].toSorted()).toEqual(
      [...families, 'outpost-control-plane'].toSorted(),
    );
  });

  it('write to their volumes alone, to the log that the control plane reads, and have two minutes to end', () => {
    expect(containerOf(dev.outpost, 'outpost-codex-balanced')).toMatchObject({
      Name: 'worker',
      ReadonlyRootFilesystem: true,
      StopTimeout: 120,
      MountPoints: ['/workspace', '/var/lib/outpost', '/tmp'].map((ContainerPath) => ({ ContainerPath })),
      LogConfiguration: {
        LogDriver: 'awslogs',
        Options: { 'awslogs-stream-prefix': 'outpost', mode: 'blocking' },
      },
    });
    dev.outpost.template.hasResourceProperties('AWS::Logs::LogGroup', {
      LogGroupName: '/ecs/outpost-workers',
      RetentionInDays: 14,
      KmsKeyId: Match.anyValue(),
    });
  });

  it('of amd64 are had by asking for them', () => {
    const { outpost } = synthesize({
      stage: 'dev',
      isChecked: false,
      overrides: { cpuArchitecture: 'x86_64' },
    });
    const ofFamily = (family: string) => taskDefinitions(outpost).get(family);
    const platform = (CpuArchitecture: string) => ({ RuntimePlatform: { CpuArchitecture } });
    expect(ofFamily('outpost-grok-fast')).toMatchObject(platform('X86_64'));
    expect(ofFamily('outpost-control-plane')).toMatchObject(platform('ARM64'));
  });
});

describe('the control plane', () => {
  it('is as large as the architecture says, and looked after', () => {
    expect(taskDefinitions(dev.outpost).get('outpost-control-plane')).toMatchObject({
      Cpu: '512',
      Memory: '1024',
      RuntimePlatform: { CpuArchitecture: 'ARM64' },
      ContainerDefinitions: [
        {
          ReadonlyRootFilesystem: true,
          HealthCheck: { Command: ['CMD', 'node', '-e', expect.stringContaining('/health') as string] },
          PortMappings: [{ ContainerPort: 3000 }],
        },
      ],
    });
    dev.outpost.template.hasResourceProperties('AWS::ECS::Service', {
      DeploymentConfiguration: {
        DeploymentCircuitBreaker: { Enable: true, Rollback: true },
        MinimumHealthyPercent: 100,
        MaximumPercent: 200,
      },
      DesiredCount: Match.absent(),
    });
  });

  it.each([
    ['dev', dev, 1],
    ['prod', prod, 2],
  ] as const)('is scaled in %s', (_, { outpost }, MinCapacity) => {
    outpost.template.hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', {
      MinCapacity,
      MaxCapacity: 10,
    });
    outpost.template.resourceCountIs('AWS::ApplicationAutoScaling::ScalingPolicy', 2);
  });
});

describe('the load balancer', () => {
  it.each([
    ['dev', dev],
    ['prod', prod],
  ])('asks for the health of its targets every 5 s in %s', (_, { outpost }) => {
    outpost.template.hasResourceProperties('AWS::ElasticLoadBalancingV2::TargetGroup', {
      HealthCheckPath: '/health',
      HealthCheckIntervalSeconds: 5,
      HealthyThresholdCount: 2,
      UnhealthyThresholdCount: 2,
      TargetGroupAttributes: Match.arrayWith([{ Key: 'stickiness.enabled', Value: 'false' }]),
    });
    outpost.template.hasResourceProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', {
      Scheme: 'internet-facing',
      LoadBalancerAttributes: Match.arrayWith([{ Key: 'idle_timeout.timeout_seconds', Value: '60' }]),
    });
  });

  it('forwards HTTP where it has no certificate', () => {
    dev.outpost.template.resourceCountIs('AWS::ElasticLoadBalancingV2::Listener', 1);
    dev.outpost.template.hasResourceProperties('AWS::ElasticLoadBalancingV2::Listener', {
      Port: 80,
      DefaultActions: [Match.objectLike({ Type: 'forward' })],
    });
  });

  it('has one, and sends HTTP there, in prod', () => {
    prod.outpost.template.hasResourceProperties('AWS::ElasticLoadBalancingV2::Listener', {
      Port: 80,
      DefaultActions: [
        { Type: 'redirect', RedirectConfig: Match.objectLike({ Protocol: 'HTTPS', Port: '443' }) },
      ],
    });
    prod.outpost.template.hasResourceProperties('AWS::ElasticLoadBalancingV2::Listener', {
      Port: 443,
      Protocol: 'HTTPS',
      Certificates: [{ CertificateArn: CERTIFICATE }],
      DefaultActions: [Match.objectLike({ Type: 'forward' })],
    });
  });
});

describe('tables', () => {
  /** As the architecture has them: PK, SK, indexes that must be there, TTL. */
  const SEED: readonly [string, readonly string[], readonly string[], string | undefined][] = [
    ['outpost-jobs', ['tenantId', 'dispatchId'], ['status-createdAt', 'userId-createdAt'], 'ttl'],
    ['outpost-api-keys', ['apiKeyId'], ['tenantId', 'keyHash'], 'ttl'],
    ['outpost-audit', ['tenantId', 'auditId'], [], 'ttl'],
    ['outpost-workspaces', ['tenantId', 'workspaceId'], [], undefined],
    ['outpost-control', ['pk', 'sk'], [], 'ttl'],
  ];

  it.each(SEED)('%s', (TableName, keys, indexes, timeToLive) => {
    const schema = keys.map((AttributeName, index) => ({ AttributeName, KeyType: ['HASH', 'RANGE'][index] }));
    dev.outpost.template.hasResourceProperties('AWS::DynamoDB::Table', {
      TableName,
      KeySchema: schema,
      BillingMode: 'PAY_PER_REQUEST',
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      SSESpecification: { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: Match.anyValue() },
      TimeToLiveSpecification:
        timeToLive === undefined ? Match.absent() : { AttributeName: timeToLive, Enabled: true },
    });
    const table = ofType('AWS::DynamoDB::Table', dev.outpost).find(
      ({ Properties }) => Properties['TableName'] === TableName,
    );
    const made = (table?.Properties['GlobalSecondaryIndexes'] ?? []) as { IndexName: string }[];
    expect(made.map(({ IndexName }) => IndexName)).toEqual(expect.arrayContaining([...indexes]));
    const defined = Object.values(TABLES).find(({ name }) => name === TableName)?.indexes ?? [];
    expect(made).toHaveLength(defined.length);
  });

  it('outlive the stack in prod, and cannot be deleted by mistake', () => {
    for (const { Properties, DeletionPolicy } of ofType('AWS::DynamoDB::Table', prod.outpost))
      expect({ ...Properties, DeletionPolicy }).toMatchObject({
        DeletionProtectionEnabled: true,
        DeletionPolicy: 'Retain',
      });
    for (const { DeletionPolicy } of ofType('AWS::DynamoDB::Table', dev.outpost))
      expect(DeletionPolicy).toBe('Delete');
  });
});

describe('buckets', () => {
  it.each(['artifacts', 'logs', 'workspaces'])(
    'of %s are private, encrypted and emptied after their time',
    (name) => {
      dev.outpost.template.hasResourceProperties('AWS::S3::Bucket', {
        BucketName: `outpost-${name}-${TEST_ACCOUNT}-us-east-1`,
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [
            { ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: Match.anyValue() } },
          ],
        },
        LifecycleConfiguration: {
          Rules: [
            Match.objectLike({
              Status: 'Enabled',
              ExpirationInDays: name === 'workspaces' ? 37 : 97,
              Transitions: [{ StorageClass: 'INTELLIGENT_TIERING', TransitionInDays: 0 }],
            }),
          ],
        },
      });
    },
  );

  it('are reached over TLS alone', () => {
    const policies = ofType('AWS::S3::BucketPolicy', dev.outpost);
    expect(policies).toHaveLength(4);
    for (const policy of policies)
      expect(JSON.stringify(policy.Properties)).toContain(
        '"Condition":{"Bool":{"aws:SecureTransport":"false"}},"Effect":"Deny"',
      );
  });
});

describe('the network', () => {
  it('is in two zones', () => {
    const zones = ofType('AWS::EC2::Subnet', dev.outpost).map(({ Properties }) =>
      String(Properties['AvailabilityZone']),
    );
    expect(zones.toSorted()).toEqual(['us-east-1a', 'us-east-1a', 'us-east-1b', 'us-east-1b']);
    dev.outpost.template.resourceCountIs('AWS::EFS::MountTarget', 2);
  });

  it('has endpoints that cost nothing in dev, and all that the fleet has a use for in prod', () => {
    const kinds = (stack: typeof dev.outpost) =>
      ofType('AWS::EC2::VPCEndpoint', stack).map(({ Properties }) => Properties['VpcEndpointType']);
    expect(kinds(dev.outpost)).toEqual(['Gateway', 'Gateway']);
    expect(kinds(prod.outpost).filter((kind) => kind === 'Interface')).toHaveLength(9);
  });

  it('lets nobody connect to a worker', () => {
    const ingress = [
      ...ofType('AWS::EC2::SecurityGroupIngress', prod.outpost).map(
        ({ Properties }) => Properties['GroupId'],
      ),
      ...ofType('AWS::EC2::SecurityGroup', prod.outpost)
        .filter(({ Properties }) => Properties['SecurityGroupIngress'] !== undefined)
        .map(({ Properties }) => Properties['GroupDescription']),
    ];
    expect(JSON.stringify(ingress)).not.toMatch(/worker/i);
    expect(JSON.stringify(ingress)).toMatch(/controlplane/i);
  });
});

describe('what is paid for by the month', () => {
  it.each([
    ['dev', dev, 1],
    ['prod', prod, 2],
  ] as const)('is what docs/deploy.md counts: %s', (_, { foundation, outpost }, natGateways) => {
    outpost.template.resourceCountIs('AWS::ElasticLoadBalancingV2::LoadBalancer', 1);
    outpost.template.resourceCountIs('AWS::EC2::NatGateway', natGateways);
    outpost.template.resourceCountIs('AWS::KMS::Key', 2);
    outpost.template.resourceCountIs('AWS::CloudWatch::Dashboard', 1);
    foundation.template.resourceCountIs('AWS::SecretsManager::Secret', 7);
    outpost.template.resourceCountIs('AWS::SecretsManager::Secret', 0);
  });
});
