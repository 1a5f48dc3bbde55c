import { describe, expect, it, onTestFinished } from 'vitest';
import { hasDynamoDb } from '../testing/aws/dynamodb.js';
import { FIRST_CALL_FAULTS, startTestTables, tablesHarness } from '../testing/aws/dynamodb-harness.js';
import { auditEntry, describeAuditStoreConformance, TEST_EPOCH_MS } from '../testing/index.js';
import { createAwsAuditStore } from './audit-store.js';

const start = async () => {
  const tables = await startTestTables();
  onTestFinished(tables.cleanup);
  return { ...tables, audit: createAwsAuditStore(tables) };
};

describe.skipIf(!hasDynamoDb())('on DynamoDB', () => {
  describeAuditStoreConformance(
    'DynamoDB',
    tablesHarness(({ dynamodb, connect, clock }) => ({
      control: createAwsAuditStore({ dynamodb, clock }),
      worker: createAwsAuditStore({ dynamodb: connect(), clock }),
      clock,
    })),
  );

  it.each(FIRST_CALL_FAULTS)('keeps an entry once when DynamoDB is $kind, $lasting', async (fault) => {
    const { connectThrough, clock, audit } = await start();
    const { dynamodb, faults } = connectThrough(fault);
    const other = createAwsAuditStore({ dynamodb, clock });
    const entry = auditEntry();
    if (fault.lasting === 'always')
      await expect(other.append(entry)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    await other.append(entry);
    expect(faults.hit).toBe('DynamoDB.PutItem');
    expect((await audit.list({ tenantId: 'acme', limit: 9 })).entries).toEqual([entry]);
  });

  it('asks for nothing before its `since`, which DynamoDB would refuse', async () => {
    const { connectThrough, clock } = await start();
    const { dynamodb, faults } = connectThrough();
    const audit = createAwsAuditStore({ dynamodb, clock });
    const entries = [0, 1, 2].map((offsetMs) => auditEntry({}, TEST_EPOCH_MS + offsetMs));
    for (const entry of entries) await audit.append(entry);
    const query = { tenantId: 'acme', limit: 1 };
    const { nextCursor: cursor } = await audit.list(query);
    const { nextCursor: second } = await audit.list({ ...query, cursor });
    faults.calls.length = 0;
    expect((await audit.list({ ...query, cursor: second, since: entries[2]!.at })).entries).toEqual([]);
    expect(faults.calls).toEqual([]);
  });

  it('fills a page with what is far apart, over as many queries as it takes', async () => {
    const { connectThrough, clock } = await start();
    const { dynamodb, faults } = connectThrough();
    const audit = createAwsAuditStore({ dynamodb, clock });
    const wanted = [];
    for (let index = 0; index < 1_100; index += 1) {
      const entry = auditEntry(index % 500 === 0 ? { action: 'secret.read' } : {});
      if (entry.action === 'secret.read') wanted.unshift(entry);
      await audit.append(entry);
    }
    const query = { tenantId: 'acme', action: 'secret.read', limit: 2 } as const;
    const first = await audit.list(query);
    expect(first.entries).toEqual(wanted.slice(0, 2));
    expect(await audit.list({ ...query, cursor: first.nextCursor })).toEqual({
      entries: wanted.slice(2),
      nextCursor: undefined,
    });
    const reads = faults.calls.filter((call) => call !== 'DynamoDB.PutItem');
    expect(reads.length).toBeGreaterThan(2);
    expect(new Set(reads)).toEqual(new Set(['DynamoDB.Query']));
  });
});
