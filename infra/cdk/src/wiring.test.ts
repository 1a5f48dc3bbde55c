import { AGENT_NAMES, METRICS } from '@outpost/contracts';
import { workerPolicy, pooledWorkerPolicy, type PolicyDocument } from '@outpost/platform/aws/definitions';
import { Match } from 'aws-cdk-lib/assertions';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { deployed, ofType, synthesize, TEST_ACCOUNT, type Resource } from './testing/synthesis.js';

const { foundation, outpost } = synthesize({
  stage: 'dev',
  isChecked: false,
  overrides: { tenantsWithRole: ['acme', 'globex'], alarmEmail: 'ops@example.com' },
});
const { template } = outpost;

describe('events', () => {
  const rules = ofType('AWS::Events::Rule', outpost).map(({ Properties }) => Properties);
  const targetsOf = (detailType: string) =>
    rules
      .filter(({ EventPattern }) =>
        isDeepStrictEqual(EventPattern, { source: ['outpost'], 'detail-type': [detailType] }),
      )
      .flatMap(({ Targets }) => Targets as readonly { Arn: unknown; DeadLetterConfig?: unknown }[])
      .map(
        (target) =>
          deployed(target, outpost.resources) as { Arn: string; DeadLetterConfig?: { Arn: string } },
      );

  it('of ends go to the ledger, and what cannot is put aside; and to the control planes', () => {
    template.hasResourceProperties('AWS::Events::EventBus', { Name: 'outpost-events' });
    const [ledger, wake] = targetsOf('dispatch.cost');
    expect([ledger?.Arn, wake?.Arn]).toEqual([
      expect.stringMatching(/LedgerQueue/),
      expect.stringMatching(/WakeQueue/),
    ]);
    expect(ledger?.DeadLetterConfig?.Arn).toMatch(/DeadLetters/);
    template.hasResourceProperties('AWS::SQS::Queue', {
      QueueName: 'outpost-ledger',
      RedrivePolicy: { maxReceiveCount: 5, deadLetterTargetArn: Match.anyValue() },
    });
  });

  it('of ECS tell the control planes which task of a worker has stopped', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        source: ['aws.ecs'],
        'detail-type': ['ECS Task State Change'],
        detail: {
          clusterArn: [Match.anyValue()],
          lastStatus: ['STOPPED'],
          group: [{ prefix: 'family:outpost-' }],
        },
      },
      Targets: [Match.objectLike({ Arn: Match.anyValue() })],
    });
  });

  it('of the audit are made of what is written to its table, and kept by CloudWatch for a year', () => {
    template.hasResourceProperties('AWS::DynamoDB::Table', {
      TableName: 'outpost-audit',
      StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
    });
    template.hasResourceProperties('AWS::Pipes::Pipe', {
      SourceParameters: Match.objectLike({
        FilterCriteria: { Filters: [{ Pattern: '{"eventName":["INSERT"]}' }] },
      }),
      TargetParameters: Match.objectLike({
        EventBridgeEventBusParameters: { Source: 'outpost', DetailType: 'audit.recorded' },
      }),
    });
    const [target] = targetsOf('audit.recorded');
    expect(target?.Arn).toBe(`arn:aws:logs:us-east-1:${TEST_ACCOUNT}:log-group:/aws/events/outpost-audit`);
    template.hasResourceProperties('AWS::Logs::LogGroup', {
      LogGroupName: '/aws/events/outpost-audit',
      RetentionInDays: 365,
    });
  });
});

describe('roles', () => {
  const roles = Object.entries(outpost.resources).filter(([, { Type }]) => Type === 'AWS::IAM::Role');
  const policyOf = (part: string) => {
    const role = roles.find(([id]) => id.includes(part))?.[1] as Resource;
    const [{ PolicyDocument: document }] = role.Properties['Policies'] as [{ PolicyDocument: unknown }];
    return deployed(document, outpost.resources) as PolicyDocument;
  };
  const keyId = Object.keys(outpost.resources).find((id) => id.includes('KeysObjects'));
  const fleet = {
    region: 'us-east-1',
    accountId: TEST_ACCOUNT,
    buckets: ['artifacts', 'logs', 'workspaces'].map((name) => `outpost-${name}-${TEST_ACCOUNT}-us-east-1`),
    kmsKeyArn: `arn:aws:kms:us-east-1:${TEST_ACCOUNT}:${keyId}`,
    busName: 'outpost-events',
  };
  /** Statements as they mean the same, in whatever order and however they are joined. */
  const grants = ({ Statement }: PolicyDocument) =>
    Statement.flatMap(({ Action, Resource, Condition = {} }) =>
      [Action]
        .flat()
        .flatMap((action) =>
          [Resource].flat().map((resource) => JSON.stringify([action, resource, sorted(Condition)])),
        ),
    ).toSorted();

  it.each(AGENT_NAMES)('of %s may do what its workers do, and no more', (agent) => {
    expect(grants(policyOf(`WorkerRoles${agent}`))).toEqual(grants(pooledWorkerPolicy({ ...fleet, agent })));
  });

  it.each(['acme', 'globex'])('of the tenant %s reach what is its own', (tenantId) => {
    expect(grants(policyOf(`Tenant${tenantId}`))).toEqual(grants(workerPolicy({ ...fleet, tenantId })));
  });

  it('of workers are all that a control plane may start a task with', () => {
    const policy = ofType('AWS::IAM::Policy', outpost).find(({ Properties }) =>
      JSON.stringify(Properties).includes('iam:PassRole'),
    );
    const { Statement } = deployed(policy?.Properties['PolicyDocument'], outpost.resources) as PolicyDocument;
    const passed = Statement.find(({ Action }) => [Action].flat().includes('iam:PassRole'));
    const ofFleet = roles
      .filter(([id]) => id.startsWith('WorkerRoles') && !id.includes('Tenant'))
      .map(([id]) => `arn:aws:iam::${TEST_ACCOUNT}:role/${id}`);
    expect(ofFleet).toHaveLength(AGENT_NAMES.length + 1);
    const tenants = `arn:aws:iam::${TEST_ACCOUNT}:role/outpost-tenants/*`;
    expect([...(passed?.Resource ?? [])].toSorted()).toEqual([...ofFleet, tenants].toSorted());
    const paths = roles
      .filter(([id]) => id.includes('Tenant'))
      .map(([, { Properties }]) => Properties['Path']);
    expect(paths).toEqual(['/outpost-tenants/', '/outpost-tenants/']);
  });

  it('mount the file system through access points alone, and only the control plane as root', () => {
    const [files] = ofType('AWS::EFS::FileSystem', outpost);
    const { Statement } = files!.Properties['FileSystemPolicy'] as {
      Statement: { Sid: string; Action: string | string[]; Effect: string; Condition: object }[];
    };
    expect(Statement.map(({ Sid, Effect }) => [Sid, Effect])).toEqual([
      ['OverTlsAlone', 'Deny'],
      ['Workers', 'Allow'],
      ['WorkersOfTenants', 'Allow'],
      ['ControlPlane', 'Allow'],
    ]);
    const [, workers, ofTenants, controlPlane] = Statement;
    for (const each of [workers, ofTenants])
      expect(each?.Action).toEqual(['elasticfilesystem:ClientMount', 'elasticfilesystem:ClientWrite']);
    expect(deployed(ofTenants?.Condition, outpost.resources)).toMatchObject({
      ArnLike: { 'aws:PrincipalArn': `arn:aws:iam::${TEST_ACCOUNT}:role/outpost-tenants/*` },
    });
    for (const { Condition } of [workers!, ofTenants!, controlPlane!])
      expect(Condition).toMatchObject({ Null: { 'elasticfilesystem:AccessPointArn': 'false' } });
    template.hasResourceProperties('AWS::EFS::FileSystem', { Encrypted: true, KmsKeyId: Match.anyValue() });
  });
});

describe('what a person fills', () => {
  it('are secrets by the names that the drivers read, without a value', () => {
    const made = ofType('AWS::SecretsManager::Secret', foundation).map(({ Properties }) => Properties);
    expect(made.map(({ Name }) => String(Name)).toSorted()).toEqual(
      [
        ...AGENT_NAMES.map((agent) => `outpost/agents/${agent}`),
        'outpost/bootstrap-api-key',
        'outpost/github',
      ].toSorted(),
    );
    for (const properties of made) {
      expect(properties).not.toHaveProperty('SecretString');
      expect(properties).not.toHaveProperty('GenerateSecretString');
    }
  });

  it('are repositories whose images are scanned and never replaced', () => {
    const made = ofType('AWS::ECR::Repository', foundation).map(({ Properties }) => Properties);
    expect(made.map(({ RepositoryName }) => String(RepositoryName)).toSorted()).toEqual(
      ['control-plane', ...AGENT_NAMES].map((name) => `outpost-${name}`).toSorted(),
    );
    for (const properties of made)
      expect(properties).toMatchObject({
        ImageScanningConfiguration: { ScanOnPush: true },
        ImageTagMutability: 'IMMUTABLE',
      });
  });
});

describe('alarms', () => {
  const alarms = ofType('AWS::CloudWatch::Alarm', outpost).map(({ Properties }) => Properties);

  it('tell somebody, each', () => {
    expect(alarms.map(({ AlarmName }) => String(AlarmName)).toSorted()).toEqual([
      'outpost-dead-letters',
      'outpost-dispatch-failures',
      'outpost-error-rate',
      'outpost-high-cpu',
      'outpost-high-memory',
      'outpost-ledger-age',
      'outpost-nothing-reconciles',
      'outpost-outbox-age',
      'outpost-queue-age',
      'outpost-stuck-dispatches',
      'outpost-unhealthy-hosts',
    ]);
    for (const { AlarmActions } of alarms) expect(AlarmActions).toHaveLength(1);
    template.hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'email',
      Endpoint: 'ops@example.com',
    });
  });

  it('and the dashboard look at what is measured, and at all of it', () => {
    const [dashboard] = ofType('AWS::CloudWatch::Dashboard', outpost);
    const body = String(deployed(dashboard?.Properties['DashboardBody'], outpost.resources));
    const ofDashboard = [...body.matchAll(/\["Outpost","(\w+)"/g)].map(([, name]) => name);
    const ofAlarms = JSON.stringify(alarms).matchAll(/"MetricName":"(\w+)","Namespace":"Outpost"/g);
    const measured = Object.values(METRICS).map(({ name }) => name);
    const watched = [...ofAlarms].map(([, name]) => name as (typeof measured)[number]);
    expect(new Set(watched).size).toBe(5);
    expect(measured).toEqual(expect.arrayContaining(watched));
    expect(measured).toEqual(expect.arrayContaining([...new Set(ofDashboard)]));
    expect(measured.filter((name) => !watched.includes(name) && !ofDashboard.includes(name))).toEqual([
      METRICS.agentDispatches.name,
    ]);
  });
});

/** Conditions that mean the same read the same. */
function sorted(value: object): readonly string[] {
  return Object.entries(value)
    .flatMap(([operator, keys]) =>
      Object.entries(keys as Readonly<Record<string, string | readonly string[]>>).map(([key, values]) =>
        JSON.stringify([operator, key, [values].flat().toSorted()]),
      ),
    )
    .toSorted();
}
