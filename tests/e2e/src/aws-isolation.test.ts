import { LIMITS, type AuditAction, type AuditPage, type Dispatch } from '@outpost/contracts';
import { hasDynamoDb } from '@outpost/platform/testing/aws';
import { secretForms } from '@outpost/test-support';
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { grantedTo, grantedToControlPlane, nameOf, requestsOf } from './isolation/rights.js';
import { runAll, TASK_MARK, type Runs } from './isolation/runs.js';
import { ACME, ACME_2, FLEET, TENANTS, type Tenant } from './isolation/tenants.js';
import { tracesOf, type Trace } from './isolation/traces.js';
import { ACME_ROLE_ARN, IsolationWorld } from './isolation/world.js';

const sha256 = (value: string): string => createHash('sha256').update(value).digest('hex');

/** Reads the same however often a text that has it is quoted. */
const longestWord = (value: string): string =>
  value.match(/[\w-]+/g)!.reduce((longest, word) => (word.length > longest.length ? word : longest));
const sortedSet = (items: readonly string[]): string[] => [...new Set(items)].toSorted();
const CONTROL_PLANE = 'AKIATESTCONTROLPLANE';

interface RunTaskInput {
  readonly clientToken: string;
  readonly overrides: unknown;
  readonly tags: unknown;
}

const CALLS_OF_ALL = [
  'dynamodb:GetItem',
  'dynamodb:PutItem',
  'dynamodb:Query',
  'dynamodb:TransactWriteItems',
  'dynamodb:UpdateItem',
  'events:PutEvents',
  's3:PutObject',
  'secrets:GetSecretValue',
];
/** Of what is large. */
const CALLS_OF_PARTS = ['s3:CompleteMultipartUpload', 's3:CreateMultipartUpload', 's3:UploadPart'];

/** For what the rights of any tenant are enough: the count of the agent's slots, and the bus. */
const SHARED = [
  'dynamodb:UpdateItem table/outpost-control #agent#claude',
  'events:PutEvents event-bus/outpost-events',
];
/** And the secrets of the fleet, for those who need them; both as they are and by their ARNs. */
const SHARED_SECRETS = Object.keys(FLEET).flatMap((name) =>
  ['', '-AbC123'].map((suffix) => `secretsmanager:GetSecretValue secret:${name}${suffix}`),
);

describe.skipIf(!hasDynamoDb())('tenants on AWS', () => {
  let world: IsolationWorld;
  let runs: Runs;
  beforeAll(async () => {
    world = await IsolationWorld.open();
    runs = await runAll(world);
  });
  afterAll(() => world.close());

  const callsBy = ({ role }: Tenant) =>
    world.recorder.calls.filter(({ accessKeyId }) => accessKeyId === role);
  const runTasks = () => world.site.account.ecs.calls.filter(({ operation }) => operation === 'RunTask');

  it('get what they asked for', () => {
    const statuses = Object.entries(runs).map(([name, { status }]) => [name, status]);
    expect(
      Object.fromEntries(statuses),
      JSON.stringify(Object.values(runs).map(({ failure }) => failure)),
    ).toEqual({
      whole: 'COMPLETED',
      persistent: 'COMPLETED',
      failed: 'FAILED',
      cancelled: 'CANCELLED',
      other: 'COMPLETED',
    });
  });

  it.each([
    ['its own', ACME, 'whole'],
    ["the fleet's, where it has none of its own", ACME_2, 'other'],
  ] as const)('have agents that are given the keys: %s', async (_, tenant, run) => {
    const log = await world.as(tenant).artifact(runs[run].dispatchId, 'output.log');
    for (const value of [tenant.agentKey, tenant.deployKey]) expect(log).toContain(sha256(value));
    // What the worker may do is not for the agent.
    expect(log).not.toMatch(/AWS_|ECS_/);
  });

  describe('leave no secret', () => {
    let traces: readonly Trace[];
    beforeAll(async () => {
      traces = await tracesOf(world, runs);
    });

    it.each([
      ['calls of ECS', 'RunTask'],
      ['calls of all services', 'TransactWriteItems'],
      ['CloudWatch', sha256(ACME.deployKey)],
      ['events', 'dispatch.cost'],
      ['dynamodb/outpost-jobs', TASK_MARK],
      ['dynamodb/outpost-audit', 'secret/tenants/DEPLOY_KEY'],
      ['s3/outpost-artifacts', sha256(ACME.deployKey)],
      ['s3/outpost-logs', sha256(ACME_2.deployKey)],
      ['repo.bundle unpacked', 'DEPLOY_KEY=[REDACTED]'],
      ['GET /dispatch', TASK_MARK],
      ['control-plane.out', '"path":"/dispatch"'],
      ['GET /audit', 'secret/tenants/DEPLOY_KEY'],
    ])('and are looked at where it could be: %s', (place, content) => {
      const found = traces.filter((trace) => trace.place.includes(place));
      expect(found.some(({ body }) => body.includes(content))).toBe(true);
    });

    const SECRETS: readonly (readonly [string, string])[] = [
      ...[FLEET, ...TENANTS.map(({ secrets }) => secrets)].flatMap((secrets) => Object.entries(secrets)),
      ...TENANTS.map(({ tenantId, apiKey }) => [`the API key of ${tenantId}`, apiKey] as const),
      ['the secret of a role', 'dummy-secret-of-a-test'],
    ];
    it.each(SECRETS)('behind, in any form: %s', (_, value) => {
      const forms = [value, longestWord(value)].flatMap(secretForms).map((form) => Buffer.from(form));
      const holders = traces.filter(({ body }) => forms.some((form) => body.includes(form)));
      expect(holders.map(({ place }) => place)).toEqual([]);
    });
  });

  it('are launched with nothing but ids, and with the role that they have', () => {
    const started = Object.values<Dispatch>({ ...runs })
      .map(({ dispatchId }) => dispatchId)
      .toSorted();
    const inputs = runTasks().map(({ input }) => input as unknown as RunTaskInput);
    expect(inputs.map(({ clientToken }) => clientToken).toSorted()).toEqual(started);
    for (const { clientToken: dispatchId, tags, overrides } of inputs) {
      const isOther = dispatchId === runs.other.dispatchId;
      const { tenantId } = isOther ? ACME_2 : ACME;
      const environment = [
        { name: 'OUTPOST_TENANT_ID', value: tenantId },
        { name: 'OUTPOST_DISPATCH_ID', value: dispatchId },
      ];
      expect(overrides).toEqual({
        containerOverrides: [{ name: 'worker', environment }],
        ...(!isOther && { taskRoleArn: ACME_ROLE_ARN }),
      });
      expect(tags).toEqual([
        { key: 'tenantId', value: tenantId },
        { key: 'dispatchId', value: dispatchId },
        { key: 'agent', value: 'claude' },
      ]);
    }
  });

  it('have tasks of any length, of which ECS is told nothing', () => {
    expect(runs.whole.task).toHaveLength(LIMITS.taskMaxCharacters);
    const told = JSON.stringify(world.site.account.ecs.calls);
    expect(told).not.toContain(TASK_MARK);
    expect(told).not.toContain('sha256sum');
    for (const { input } of runTasks()) expect(JSON.stringify(input).length).toBeLessThan(2_000);
  });

  it('have workers that call in the name of their own role only', () => {
    const callersFor = (dispatches: readonly Dispatch[]) => {
      const calls = world.recorder.calls.filter(({ input }) =>
        dispatches.some(({ dispatchId }) => JSON.stringify(input).includes(dispatchId)),
      );
      const callers = new Set(calls.map(({ accessKeyId }) => accessKeyId));
      return [...callers].filter((caller) => caller !== CONTROL_PLANE);
    };
    const { other, ...own } = runs;
    expect(callersFor(Object.values(own))).toEqual([ACME.role]);
    expect(callersFor([other])).toEqual([ACME_2.role]);
  });

  describe.each([
    {
      tenant: ACME,
      neighbour: ACME_2,
      kinds: CALLS_OF_ALL,
      shared: SHARED,
      secrets: ['agents/claude', 'github', 'DEPLOY_KEY'].map((name) => `outpost/tenants/acme/${name}`),
    },
    {
      tenant: ACME_2,
      neighbour: ACME,
      kinds: [...CALLS_OF_ALL, ...CALLS_OF_PARTS],
      shared: [...SHARED, ...SHARED_SECRETS],
      secrets: [
        ...['agents/claude', 'github', 'DEPLOY_KEY'].map((name) => `outpost/tenants/acme-2/${name}`),
        ...Object.keys(FLEET),
      ],
    },
  ])('the workers of $tenant.tenantId', ({ tenant, neighbour, kinds, shared, secrets }) => {
    it('make calls of these kinds', () => {
      const made = callsBy(tenant).map(({ service, operation }) => `${service}:${operation}`);
      expect(sortedSet(made)).toEqual(kinds.toSorted());
    });

    it('may do all that they do', async () => {
      const requests = requestsOf(callsBy(tenant));
      expect(await grantedTo(tenant, requests)).toEqual(requests);
    });

    it('could do nothing of it with the rights of another tenant, but for what all share', async () => {
      const requests = requestsOf(callsBy(tenant));
      const granted = await grantedTo(neighbour, requests);
      expect(sortedSet(granted.map(nameOf))).toEqual(shared.toSorted());
    });

    it('read the secrets of their dispatches, and no other', () => {
      const reads = callsBy(tenant).filter(({ service }) => service === 'secrets');
      expect(sortedSet(reads.map(({ input }) => String(input['SecretId'])))).toEqual(secrets.toSorted());
    });
  });

  it('are served by a control plane that may do all that it does, by its own role', async () => {
    const calls = world.recorder.calls.filter(
      ({ accessKeyId, service }) => accessKeyId === CONTROL_PLANE && service !== 'sts',
    );
    expect(sortedSet(calls.map(({ service }) => service))).toEqual(
      expect.arrayContaining(['dynamodb', 'ecs', 'efs', 's3', 'secrets', 'sqs']),
    );
    const requests = requestsOf(calls);
    const granted = await grantedToControlPlane(requests);
    expect(requests.filter((request) => !granted.includes(request)).map(nameOf)).toEqual([]);
  });

  it('find in the audit who had which secret, by name', async () => {
    const audited = async (tenant: Tenant, dispatchId: string | undefined, action: AuditAction) => {
      const { body } = await world.as(tenant).call<AuditPage>('GET', `/audit?limit=100&action=${action}`);
      const entries = body.entries.filter((entry) => entry.dispatchId === dispatchId);
      return entries.map(({ resource, outcome }) => `${resource} ${outcome}`).toSorted();
    };
    const all = [
      'secret/agents/claude success',
      'secret/github success',
      'secret/tenants/DEPLOY_KEY success',
    ];
    const given: [Tenant, Dispatch][] = [
      [ACME, runs.whole],
      [ACME_2, runs.other],
    ];
    for (const [tenant, { dispatchId }] of given) {
      // An entry is not waited for by the call that it is about.
      await vi.waitFor(async () => expect(await audited(tenant, dispatchId, 'secret.inject')).toEqual(all), {
        timeout: 20_000,
      });
      expect(await audited(tenant, dispatchId, 'secret.read')).toEqual(all);
    }
    const checked = (tenant: Tenant) => audited(tenant, undefined, 'secret.validate');
    expect(await checked(ACME)).toEqual(Array(4).fill('secret/tenants/DEPLOY_KEY success'));
    expect(await checked(ACME_2)).toEqual(['secret/tenants/DEPLOY_KEY success']);
  });
});
