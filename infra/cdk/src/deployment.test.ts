import { AGENT_NAMES, TIER_NAMES } from '@outpost/contracts';
import { createAwsControlPlatform } from '@outpost/platform/aws';
import { TABLES, taskFamily } from '@outpost/platform/aws/definitions';
import { AwsControlSettingsSchema } from '@outpost/platform/settings';
import { createTestClients, startMoto } from '@outpost/platform/testing/aws';
import { systemClock } from '@outpost/platform';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { environmentOf } from './testing/containers.js';
import { deploy } from './testing/emulated-stack.js';
import { synthesize } from './testing/synthesis.js';

const moto = await startMoto();

describe.skipIf(moto === undefined)('deployed to moto', () => {
  if (moto === undefined) return;
  const { foundation, outpost } = synthesize({ stage: 'dev', isChecked: false });
  const services = ['dynamodb', 'ecs', 'events', 'logs', 's3', 'secrets', 'sqs', 'sts'] as const;
  const clients = createTestClients(Object.fromEntries(services.map((service) => [service, moto.url])));

  beforeAll(async () => {
    expect(await deploy({ url: moto.url, name: 'OutpostFoundation', stack: foundation })).toBe(13);
    expect(await deploy({ url: moto.url, name: 'Outpost', stack: outpost })).toBeGreaterThan(40);
  }, 60_000);
  afterAll(async () => {
    clients.destroy();
    await moto.close();
  });

  /** The drivers, told what the stack tells a control plane. */
  const platform = () =>
    createAwsControlPlatform({
      settings: AwsControlSettingsSchema.parse(environmentOf(outpost, 'outpost-control-plane')),
      clock: systemClock,
      clients,
      git: {
        path: '/usr/bin:/bin',
        home: mkdtempSync(join(tmpdir(), 'outpost-git-')),
        ambient: {},
        remotes: { hosts: [], privateHosts: [] },
      },
    });

  it.each(Object.values(TABLES))('there is the table $name', async (definition) => {
    const { DescribeTableCommand } = await import('@aws-sdk/client-dynamodb');
    const { Table } = await clients.dynamodb.send(new DescribeTableCommand({ TableName: definition.name }));
    expect(Table?.KeySchema?.map(({ AttributeName }) => AttributeName)).toEqual(
      'sortKey' in definition ? [definition.partitionKey, definition.sortKey] : [definition.partitionKey],
    );
    const indexes = (Table?.GlobalSecondaryIndexes ?? []).map(({ IndexName }) => String(IndexName));
    expect(indexes.toSorted()).toEqual(definition.indexes.map(({ name }) => name).toSorted());
  });

  it('the drivers find the store, and every agent but for its key', async () => {
    const { ping, inventory, apiKeys } = await platform();
    await expect(ping()).resolves.toBeUndefined();
    expect(await apiKeys.list({ tenantId: 'default' })).toEqual([]);
    for (const agent of AGENT_NAMES) {
      const availability = await inventory.availability({ agent, tenantId: 'default' });
      expect(availability).toMatchObject({
        available: false,
        reason: expect.stringContaining(`There is no key for ${agent}.`) as string,
      });
    }
  });

  it('there is a task definition for every agent and tier', async () => {
    const { DescribeTaskDefinitionCommand } = await import('@aws-sdk/client-ecs');
    for (const agent of AGENT_NAMES)
      for (const tier of TIER_NAMES) {
        const command = new DescribeTaskDefinitionCommand({ taskDefinition: taskFamily({ agent, tier }) });
        const { taskDefinition } = await clients.ecs.send(command);
        expect(taskDefinition?.containerDefinitions?.map(({ name }) => name)).toEqual(['worker']);
      }
  });
});
