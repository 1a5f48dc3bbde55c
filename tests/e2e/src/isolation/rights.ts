import { controlPolicy, workerPolicy } from '@outpost/platform/aws/definitions';
import {
  granted,
  iamRequestsOf,
  TEST_ACCOUNT_ID,
  TEST_FILE_SYSTEM_ID,
  TEST_REGION,
  type IamRequest,
  type RecordedSdkCall,
} from '@outpost/platform/testing/aws';
import type { Tenant } from './tenants.js';
import { ACME_ROLE_ARN, KMS_KEY_ARN } from './world.js';

const PLACE = { region: TEST_REGION, accountId: TEST_ACCOUNT_ID };

/** What IAM is asked for these calls, each thing once. */
export function requestsOf(calls: readonly RecordedSdkCall[]): readonly IamRequest[] {
  const requests = calls.flatMap((call) => iamRequestsOf(call, PLACE));
  return [...new Map(requests.map((request) => [JSON.stringify(request), request])).values()];
}

/** Those that a role for the workers of this tenant is granted. */
export function grantedTo(
  { tenantId }: Tenant,
  requests: readonly IamRequest[],
): Promise<readonly IamRequest[]> {
  const policy = workerPolicy({
    ...PLACE,
    tenantId,
    agent: 'claude',
    buckets: ['outpost-artifacts', 'outpost-logs', 'outpost-workspaces'],
    kmsKeyArn: KMS_KEY_ARN,
    busName: 'outpost-events',
  });
  return granted(policy, requests);
}

/** Those that the role of a control plane is granted. */
export function grantedToControlPlane(requests: readonly IamRequest[]): Promise<readonly IamRequest[]> {
  const { region, accountId } = PLACE;
  const policy = controlPolicy({
    ...PLACE,
    clusterName: 'outpost',
    workerRoleArns: [
      ACME_ROLE_ARN,
      ...['outpost-worker', 'outpost-execution'].map((name) => `arn:aws:iam::${accountId}:role/${name}`),
    ],
    buckets: ['outpost-artifacts', 'outpost-logs', 'outpost-workspaces'],
    kmsKeyArn: KMS_KEY_ARN,
    busName: 'outpost-events',
    logGroup: '/ecs/outpost-workers',
    wakeQueueArn: `arn:aws:sqs:${region}:${accountId}:outpost-wake`,
    fileSystemArn: `arn:aws:elasticfilesystem:${region}:${accountId}:file-system/${TEST_FILE_SYSTEM_ID}`,
  });
  return granted(policy, requests);
}

/** `dynamodb:UpdateItem table/outpost-control #agent#claude` */
export function nameOf({ action, resource, context }: IamRequest): string {
  const keys = context['dynamodb:LeadingKeys'] ?? [];
  return [action, resource.split(':').slice(5).join(':'), ...keys].join(' ');
}
