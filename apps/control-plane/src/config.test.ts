import { describe, expect, it } from 'vitest';
import { readConfig } from './config.js';

const AWS = {
  OUTPOST_MODE: 'aws',
  AWS_REGION: 'eu-central-1',
  OUTPOST_ECS_SUBNETS: 'subnet-1, subnet-2',
  OUTPOST_ECS_SECURITY_GROUPS: 'sg-1',
};

describe('the configuration', () => {
  it('has the documented defaults', () => {
    expect(readConfig({})).toMatchObject({
      host: '127.0.0.1',
      port: 3000,
      mode: 'local',
      limits: { perAgent: 5, perTenant: 10 },
      rateLimitPerMinute: 60,
      tenantWeights: new Map(),
      warm: { sizes: { claude: { min: 0, max: 0 }, grok: { min: 0, max: 0 } }, idleTimeoutMs: 300_000 },
      sandbox: {
        wanted: 'auto',
        agentUser: undefined,
        readable: [],
        egressHosts: ['*'],
        engine: { host: undefined, runtimeDir: undefined },
        images: {},
      },
      agentCommands: {},
      agentBaseUrls: {},
    });
  });

  it('has defaults for the names of the stack in aws mode', () => {
    expect(readConfig(AWS)).toMatchObject({
      mode: 'aws',
      aws: {
        region: 'eu-central-1',
        artifactsBucket: 'outpost-artifacts',
        logsBucket: 'outpost-logs',
        workspacesBucket: 'outpost-workspaces',
        eventBus: 'outpost-events',
        cluster: 'outpost',
        subnets: ['subnet-1', 'subnet-2'],
        securityGroups: ['sg-1'],
        assignPublicIp: false,
        logGroup: '/ecs/outpost-workers',
        tenantTaskRoles: {},
      },
    });
  });

  it('takes an empty variable as one that is not set', () => {
    expect(readConfig({ PORT: '', OUTPOST_AGENT_COMMAND_CLAUDE: '' })).toMatchObject({
      port: 3000,
      agentCommands: {},
    });
  });

  it('reads what belongs to an agent by its name', () => {
    const env = { OUTPOST_AGENT_COMMAND_GROK: '/bin/grok', GOOGLE_GEMINI_BASE_URL: 'http://127.0.0.1:1' };
    expect(readConfig(env)).toMatchObject({
      agentCommands: { grok: '/bin/grok' },
      agentBaseUrls: { gemini: 'http://127.0.0.1:1' },
    });
  });

  it('reads the pool of each agent: its own numbers go before those for all', () => {
    const env = {
      OUTPOST_WARM_MIN_PER_AGENT: '1',
      OUTPOST_WARM_MAX_PER_AGENT: '3',
      OUTPOST_WARM_MIN_CLAUDE: '2',
      OUTPOST_WARM_MIN_GROK: '0',
      OUTPOST_WARM_MAX_GROK: '0',
      OUTPOST_WARM_IDLE_SECONDS: '60',
    };
    expect(readConfig(env).warm).toEqual({
      sizes: {
        claude: { min: 2, max: 3 },
        codex: { min: 1, max: 3 },
        gemini: { min: 1, max: 3 },
        aider: { min: 1, max: 3 },
        grok: { min: 0, max: 0 },
      },
      idleTimeoutMs: 60_000,
    });
  });

  it('reads the weights of tenants', () => {
    const { tenantWeights } = readConfig({ OUTPOST_TENANT_WEIGHTS: '{"acme": 2.5, "constructor": 0.01}' });
    expect([...tenantWeights]).toEqual([
      ['acme', 2.5],
      ['constructor', 0.01],
    ]);
  });

  it.each([
    [{ PORT: 'abc' }, 'PORT must be a whole number, from 0 to 65535'],
    [{ PORT: '70000' }, 'PORT must be a whole number, from 0 to 65535'],
    [
      { OUTPOST_MAX_CONCURRENT_PER_AGENT: '0' },
      'OUTPOST_MAX_CONCURRENT_PER_AGENT must be a whole number, 1 or more',
    ],
    [
      { OUTPOST_RATE_LIMIT_PER_MINUTE: '-1' },
      'OUTPOST_RATE_LIMIT_PER_MINUTE must be a whole number, 0 or more',
    ],
    [{ OUTPOST_BOOTSTRAP_API_KEY: 'secret' }, 'OUTPOST_BOOTSTRAP_API_KEY must be otp_ and 64 hex digits'],
    [
      { OUTPOST_WARM_MIN_PER_AGENT: '1' },
      'OUTPOST_WARM_MIN_PER_AGENT must not be more than OUTPOST_WARM_MAX_PER_AGENT: 1 is more than 0',
    ],
    [
      { OUTPOST_WARM_MIN_GROK: '3', OUTPOST_WARM_MAX_PER_AGENT: '2' },
      'OUTPOST_WARM_MIN_GROK must not be more than OUTPOST_WARM_MAX_PER_AGENT: 3 is more than 2',
    ],
    [{ OUTPOST_WARM_MAX_CODEX: 'x' }, 'OUTPOST_WARM_MAX_CODEX must be a whole number, 0 or more'],
    [{ OUTPOST_WARM_IDLE_SECONDS: '0' }, 'OUTPOST_WARM_IDLE_SECONDS must be a whole number, 1 or more'],
    [{ OUTPOST_TENANT_WEIGHTS: 'acme=2' }, 'OUTPOST_TENANT_WEIGHTS must be a JSON object of tenant ids'],
    [{ OUTPOST_TENANT_WEIGHTS: '{"acme": 0}' }, 'OUTPOST_TENANT_WEIGHTS must be a JSON object of tenant ids'],
    [{ OUTPOST_TENANT_WEIGHTS: '{"acme": 101}' }, 'numbers from 0.01 to 100'],
    [{ OUTPOST_SANDBOX: 'docker' }, 'OUTPOST_SANDBOX must be auto or one of container, bwrap, uid, none'],
    [{ OUTPOST_AGENT_UID: '0' }, 'OUTPOST_AGENT_UID must be the id of a user that is not root'],
    [{ OUTPOST_EGRESS_HOSTS: 'https://x' }, 'OUTPOST_EGRESS_HOSTS must be host names'],
    [{ OUTPOST_SANDBOX_READABLE: 'usr' }, 'OUTPOST_SANDBOX_READABLE must name absolute paths'],
    [{ OUTPOST_MODE: 'azure' }, 'OUTPOST_MODE must be local or aws'],
    [{ OUTPOST_MODE: 'aws' }, 'AWS_REGION is needed in aws mode, e.g. eu-central-1'],
    [{ ...AWS, OUTPOST_ECS_SUBNETS: ' , ' }, 'OUTPOST_ECS_SUBNETS must name at least one'],
    [{ ...AWS, OUTPOST_ECS_ASSIGN_PUBLIC_IP: 'yes' }, 'OUTPOST_ECS_ASSIGN_PUBLIC_IP must be true or false'],
    [
      { ...AWS, OUTPOST_TENANT_TASK_ROLES: '{"acme":"x"}' },
      'OUTPOST_TENANT_TASK_ROLES must be a JSON object',
    ],
  ])('refuses %j, and says what would be right', (env, message) => {
    expect(() => readConfig(env)).toThrow(message);
  });

  it('names every wrong variable at once', () => {
    expect(() => readConfig({ PORT: 'x', OUTPOST_SANDBOX: 'y' })).toThrow(/PORT[^]*OUTPOST_SANDBOX/);
  });
});
