import { readConfig as readWorkerConfig } from '@outpost/agent-runner';
import { AGENT_NAMES } from '@outpost/contracts';
import { readConfig as readControlConfig } from '@outpost/control-plane';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { containerOf, environmentOf } from './testing/containers.js';
import { deployed, synthesize, TEST_ACCOUNT } from './testing/synthesis.js';
import { OPERATOR_VARIABLES } from './variables.js';

const ROOT = join(import.meta.dirname, '../../..');
const KEY = `otp_${'0'.repeat(64)}`;
const PATH = '/usr/local/bin:/usr/bin:/bin';

const { outpost } = synthesize({
  stage: 'dev',
  isChecked: false,
  overrides: {
    tenantsWithRole: ['acme'],
    variables: {
      OUTPOST_MAX_CONCURRENT_PER_TENANT: '20',
      OUTPOST_WARM_MAX_CODEX: '2',
      OUTPOST_REPOSITORY_HOSTS: 'github.com',
      ANTHROPIC_BASE_URL: 'https://models.example.com',
    },
  },
});
const ofControlPlane = environmentOf(outpost, 'outpost-control-plane');
const ofWorker = environmentOf(outpost, 'outpost-claude-flagship');
const idOf = (type: string, part = '') =>
  Object.entries(outpost.resources).find(([id, { Type }]) => Type === type && id.includes(part))?.[0];

describe('a control plane', () => {
  const { repositories, ...config } = readControlConfig({
    ...ofControlPlane,
    OUTPOST_BOOTSTRAP_API_KEY: KEY,
    PATH,
  });

  it('starts with what its task definition tells it', () => {
    expect(config).toMatchObject({
      mode: 'aws',
      host: '0.0.0.0',
      port: 3000,
      trustedProxies: 1,
      dataDir: '/var/lib/outpost',
      limits: { perAgent: 5, perTenant: 20 },
      warm: { sizes: { codex: { max: 2 }, claude: { max: 0 } } },
      aws: {
        region: 'us-east-1',
        cluster: 'outpost',
        subnets: [expect.stringContaining('private') as string, expect.stringContaining('private') as string],
        securityGroups: [expect.stringContaining('Worker') as string],
        assignPublicIp: false,
        artifactsBucket: `outpost-artifacts-${TEST_ACCOUNT}-us-east-1`,
        logsBucket: `outpost-logs-${TEST_ACCOUNT}-us-east-1`,
        workspacesBucket: `outpost-workspaces-${TEST_ACCOUNT}-us-east-1`,
        kmsKeyId: `arn:aws:kms:us-east-1:${TEST_ACCOUNT}:${idOf('AWS::KMS::Key', 'Objects')}`,
        eventBus: 'outpost-events',
        logGroup: '/ecs/outpost-workers',
        fileSystemId: idOf('AWS::EFS::FileSystem'),
        mountDir: '/mnt/workspaces',
        wakeQueueUrl: expect.stringContaining(String(idOf('AWS::SQS::Queue', 'Wake'))) as string,
        tenantTaskRoles: { acme: expect.stringMatching(/:role\/.*Tenantacme/) as string },
      },
    });
    expect(repositories).toEqual({ hosts: ['github.com'], privateHosts: [] });
  });

  it('has the file system where it looks for it', () => {
    const { MountPoints } = containerOf(outpost, 'outpost-control-plane') as unknown as {
      MountPoints: { ContainerPath: string }[];
    };
    expect(MountPoints.map(({ ContainerPath }) => ContainerPath)).toEqual([
      '/var/lib/outpost',
      '/tmp',
      '/mnt/workspaces',
    ]);
  });

  it('is given its first key as a secret', () => {
    const { Secrets = [] } = containerOf(outpost, 'outpost-control-plane');
    expect(Secrets.map(({ Name, ValueFrom }) => [Name, deployed(ValueFrom, outpost.resources)])).toEqual([
      ['OUTPOST_BOOTSTRAP_API_KEY', expect.stringMatching(/:secret:outpost\/bootstrap-api-key$/)],
    ]);
  });
});

describe('a worker', () => {
  it('starts with what its task definition and RunTask tell it', () => {
    const config = readWorkerConfig({
      ...ofWorker,
      OUTPOST_TENANT_ID: 'acme',
      OUTPOST_DISPATCH_ID: '01HZZZZZZZZZZZZZZZZZZZZZZZ',
      ECS_CONTAINER_METADATA_URI_V4: 'http://169.254.170.2/v4/1',
      PATH,
    });
    expect(config).toMatchObject({
      mode: 'aws',
      dataDir: '/var/lib/outpost',
      agentsDir: '/opt/outpost/agents',
      scratchDirs: ['/tmp'],
      remotes: { hosts: ['github.com'], privateHosts: [] },
      agentBaseUrls: { claude: 'https://models.example.com' },
      aws: {
        region: 'us-east-1',
        artifactsBucket: `outpost-artifacts-${TEST_ACCOUNT}-us-east-1`,
        logsBucket: `outpost-logs-${TEST_ACCOUNT}-us-east-1`,
        workspacesBucket: `outpost-workspaces-${TEST_ACCOUNT}-us-east-1`,
        eventBus: 'outpost-events',
        workspaceDir: '/workspace',
      },
    });
  });

  it('is told of no limit of the fleet', () => {
    expect(Object.keys(ofWorker)).not.toContain('OUTPOST_MAX_CONCURRENT_PER_TENANT');
  });
});

describe('every variable that the code reads', () => {
  /** What is neither set by the stack nor for an operator to set on AWS, and why. */
  const LEFT_OUT: Readonly<Record<string, string>> = {
    OUTPOST_BOOTSTRAP_API_KEY: 'a secret of the task definition',
    OUTPOST_TENANT_ID: 'RunTask tells it',
    OUTPOST_DISPATCH_ID: 'RunTask tells it',
    OUTPOST_WORKER_ID: 'RunTask tells it',
    ECS_CONTAINER_METADATA_URI_V4: 'ECS tells it',
    OUTPOST_TASK_ARN: 'of local mode',
    OUTPOST_AGENT_COMMAND_: 'for tests; the images have the CLIs',
    OUTPOST_AGENT_IMAGE_: 'of the sandbox container, which Fargate does not have',
    OUTPOST_WARM_MIN_: 'of each agent, below',
    OUTPOST_WARM_MAX_: 'of each agent, below',
  };
  const settings = join(ROOT, 'packages/platform/src/settings');
  const sources = [
    ...readdirSync(settings)
      .filter((name) => !name.endsWith('.test.ts'))
      .map((name) => join(settings, name)),
    join(ROOT, 'apps/control-plane/src/config.ts'),
    join(ROOT, 'apps/agent-runner/src/config.ts'),
  ].map((path) => readFileSync(path, 'utf8'));
  const read = new Set(sources.flatMap((text) => text.match(/\b(?:OUTPOST|AWS|ECS)_[A-Z0-9_]+/g) ?? []));
  const known = new Set([...Object.keys(ofControlPlane), ...Object.keys(ofWorker), ...OPERATOR_VARIABLES]);

  it('is set by the stack, may be set by an operator, or is known not to be', () => {
    expect(read.size).toBeGreaterThan(35);
    expect([...read].filter((name) => !known.has(name) && LEFT_OUT[name] === undefined)).toEqual([]);
    expect(Object.keys(LEFT_OUT).filter((name) => known.has(name))).toEqual([]);
  });

  it('that is of each agent may be set for each', () => {
    for (const agent of AGENT_NAMES)
      expect(OPERATOR_VARIABLES).toContain(`OUTPOST_WARM_MAX_${agent.toUpperCase()}`);
  });

  it('is read, where the stack sets it', () => {
    const all = sources.join('\n');
    for (const name of [...Object.keys(ofControlPlane), ...Object.keys(ofWorker)])
      expect(all.includes(name) || OPERATOR_VARIABLES.includes(name), name).toBe(true);
  });
});
