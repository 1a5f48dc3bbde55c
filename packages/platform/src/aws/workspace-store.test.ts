import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it, onTestFinished } from 'vitest';
import { hasDynamoDb } from '../testing/aws/dynamodb.js';
import { startTestTables, tablesHarness } from '../testing/aws/dynamodb-harness.js';
import { describeWorkspaceStoreConformance, workspaceRecord } from '../testing/index.js';
import { createAwsDispatchStore } from './dispatch-store.js';
import { createAwsWorkspaceReports } from './workspace-reports.js';
import { createAwsWorkspaceStore } from './workspace-store.js';

const NOW = '2026-11-23T12:00:00.000Z';

const start = async () => {
  const tables = await startTestTables();
  onTestFinished(tables.cleanup);
  return { ...tables, workspaces: createAwsWorkspaceStore(tables) };
};

describe.skipIf(!hasDynamoDb())('on DynamoDB', () => {
  describeWorkspaceStoreConformance(
    'DynamoDB',
    tablesHarness(({ dynamodb, connect, clock }) => ({
      workspaces: createAwsWorkspaceStore({ dynamodb }),
      dispatches: createAwsDispatchStore({ dynamodb: connect(), clock }),
      reports: createAwsWorkspaceReports({ dynamodb: connect() }),
    })),
  );

  it('lists all that have expired, however many pages they take, by their expiry', async () => {
    const { workspaces } = await start();
    const expired = Array.from({ length: 230 }, (_, index) =>
      workspaceRecord({ tenantId: `t${index % 3}`, expiresAt: new Date(1_000 * index).toISOString() }),
    );
    for (const workspace of expired.toReversed()) await workspaces.put(workspace);
    expect(await workspaces.listExpired({ now: NOW })).toEqual(expired);
  });

  it('keeps a workspace without a repository, and shows nothing of the index', async () => {
    const { dynamodb, workspaces } = await start();
    const { repo: _, branch: __, ...bare } = workspaceRecord();
    await workspaces.put({ ...bare, repo: undefined, branch: undefined });
    const { tenantId, workspaceId } = bare;
    expect(Object.keys((await workspaces.get(bare))!).toSorted()).toEqual(Object.keys(bare).toSorted());
    const { Item } = await dynamodb.send(
      new GetCommand({ TableName: 'outpost-workspaces', Key: { tenantId, workspaceId } }),
    );
    expect(Item).toEqual({ ...bare, kind: 'workspace' });
  });

  it('compares times, whatever their time zone', async () => {
    const { workspaces } = await start();
    const expired = workspaceRecord({ expiresAt: '2026-11-23T12:59:59+01:00' });
    const alive = workspaceRecord({ expiresAt: '2026-11-23T11:00:00-02:00' });
    for (const workspace of [expired, alive]) await workspaces.put(workspace);
    for (const now of [NOW, '2026-11-23T14:00:00+02:00', '2026-11-23T12:00:00Z']) {
      const ids = (await workspaces.listExpired({ now })).map(({ workspaceId }) => workspaceId);
      expect(ids).toEqual([expired.workspaceId]);
    }
  });

  it('does not take the word of an index that is behind', async () => {
    const { dynamodb, workspaces } = await start();
    const expired = workspaceRecord({ expiresAt: '2026-11-23T11:00:00.000Z' });
    const [prolonged, deleted] = [workspaceRecord(), workspaceRecord()].map((workspace) => ({
      ...workspace,
      expiresAt: expired.expiresAt,
    }));
    for (const workspace of [expired, prolonged!, deleted!]) await workspaces.put(workspace);
    // Both happen after the index was read.
    let isRead = false;
    dynamodb.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          const result = await next(args);
          if (commandName !== 'QueryCommand' || isRead) return result;
          isRead = true;
          await workspaces.put({ ...prolonged!, expiresAt: '2026-12-23T11:00:00.000Z' });
          await workspaces.delete(deleted!);
          return result;
        },
      { step: 'initialize' },
    );
    expect(await workspaces.listExpired({ now: NOW })).toEqual([expired]);
    expect(isRead).toBe(true);
  });
});
