import { describe, expect, it } from 'vitest';
import { TEST_REGION } from '../testing/aws/clients.js';
import {
  FORBIDDEN_CALLS,
  giveBack,
  ownCalls,
  rowCall,
  sdkCall,
  SHARED_CALLS,
  TEST_BUS,
  TEST_KEY_ARN,
  WARM_WORKER_CALLS,
} from '../testing/aws/policy-calls.js';
import type { RecordedSdkCall } from '../testing/aws/policy-recorder.js';
import { iamRequestsOf } from '../testing/aws/policy-requests.js';
import { granted, isAllowed, type IamRequest } from '../testing/aws/policy.js';
import { TEST_ACCOUNT_ID } from '../testing/aws/sts.js';
import { workerPolicy, type WorkerPolicyParams } from './worker-policy.js';

const PLACE = { region: TEST_REGION, accountId: TEST_ACCOUNT_ID };

const policyFor = (tenantId: string, rest: Partial<WorkerPolicyParams> = {}) =>
  workerPolicy({
    ...PLACE,
    tenantId,
    buckets: ['outpost-artifacts', 'outpost-logs', 'outpost-workspaces'],
    kmsKeyArn: TEST_KEY_ARN,
    busName: TEST_BUS,
    ...rest,
  });

const requestsOf = (calls: readonly RecordedSdkCall[]) => calls.flatMap((each) => iamRequestsOf(each, PLACE));

describe('a worker of one tenant', () => {
  const own = requestsOf([...ownCalls('acme'), ...SHARED_CALLS]);

  it('may do all that its work takes', async () => {
    expect(own.length).toBeGreaterThan(30);
    expect(await granted(policyFor('acme'), own)).toEqual(own);
    expect(await granted(policyFor('acme', { agent: 'claude' }), own)).toEqual(own);
  });

  it.each(['globex', 'acme2', 'acm', 'ACME', 'acme:x', 'x-acme'])(
    'may touch no row, no object and no secret of %s',
    async (tenantId) => {
      const foreign = requestsOf(ownCalls(tenantId));
      expect(foreign.length).toBeGreaterThan(25);
      expect(await granted(policyFor('acme'), foreign)).toEqual([]);
    },
  );

  it.each(FORBIDDEN_CALLS)('may not %s', async (_, forbidden) => {
    const requests = iamRequestsOf(forbidden, PLACE);
    expect(requests).not.toEqual([]);
    expect(await granted(policyFor('acme'), requests)).toEqual([]);
  });

  it.each(WARM_WORKER_CALLS)('has no part in warm workers: %s', async (_, call) => {
    expect(await granted(policyFor('acme'), iamRequestsOf(call, PLACE))).toEqual([]);
  });

  it('may use the key through S3 and with its own context only', async () => {
    const tenant = { 'kms:EncryptionContext:tenantId': 'acme' };
    const throughS3 = { 'kms:ViaService': `s3.${TEST_REGION}.amazonaws.com` };
    const allowed = async (context: IamRequest['context'], resource = TEST_KEY_ARN) =>
      isAllowed(policyFor('acme'), { action: 'kms:Decrypt', resource, accountId: TEST_ACCOUNT_ID, context });
    expect(await allowed({ ...tenant, ...throughS3 })).toBe(true);
    expect(await allowed(tenant)).toBe(false);
    expect(await allowed(throughS3)).toBe(false);
    expect(await allowed({ ...throughS3, 'kms:EncryptionContext:tenantId': 'globex' })).toBe(false);
    expect(await allowed({ ...tenant, ...throughS3 }, TEST_KEY_ARN.replace('1f7e', '2f7e'))).toBe(false);
  });

  it('is not granted a row by a request that names none', async () => {
    for (const [table, action] of [
      ['outpost-jobs', 'GetItem'],
      ['outpost-control', 'UpdateItem'],
    ]) {
      const resource = `arn:aws:dynamodb:${TEST_REGION}:${TEST_ACCOUNT_ID}:table/${table}`;
      const request = { action: `dynamodb:${action}`, resource, accountId: TEST_ACCOUNT_ID, context: {} };
      expect(await isAllowed(policyFor('acme'), request)).toBe(false);
    }
  });

  it('of one agent has nothing of the others', async () => {
    const others = requestsOf([
      rowCall('UpdateItem', 'outpost-control', giveBack('#agent#codex')),
      sdkCall('secrets', 'GetSecretValue', { SecretId: 'outpost/agents/codex' }),
    ]);
    expect(await granted(policyFor('acme'), others)).toEqual(others);
    expect(await granted(policyFor('acme', { agent: 'claude' }), others)).toEqual([]);
  });
});

describe('the policy', () => {
  it.each(['*', 'a*', 'a?b', '${aws:username}', 'a/b', 'a#b', '', '..'])(
    'is not made for a tenant called %j',
    (tenantId) => {
      expect(() => policyFor(tenantId)).toThrow(expect.objectContaining({ code: 'VALIDATION_ERROR' }));
    },
  );

  it('grants no key where the account has its own for S3', () => {
    const { Statement } = policyFor('acme', { kmsKeyArn: undefined });
    expect(Statement.flatMap(({ Action }) => Action).filter((action) => action.startsWith('kms:'))).toEqual(
      [],
    );
  });

  it('is of the partition that is asked for, and short enough for a role', () => {
    const policy = JSON.stringify(policyFor('a'.repeat(128), { partition: 'aws-cn' }));
    expect(policy).not.toContain('arn:aws:dynamodb');
    expect(policy).toContain('arn:aws-cn:s3:::outpost-artifacts/');
    expect(policy.length).toBeLessThan(10_240);
  });
});
