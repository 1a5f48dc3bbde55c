import { systemClock } from '@outpost/platform';
import { createAwsApiKeyStore } from '@outpost/platform/aws';
import { storedApiKey } from '@outpost/platform/testing';
import { startContainer, TEST_ACCOUNT_ID, TEST_REGION } from '@outpost/platform/testing/aws';
import {
  type AwsSite,
  fakeAgentEnv,
  type GitHub,
  makeRepository,
  openAwsSite,
  type Outpost,
  startGitHub,
} from '@outpost/test-support';
import { createHash } from 'node:crypto';
import { CallRecorder } from './call-recorder.js';
import { ACME, FLEET, TENANTS, type Tenant } from './tenants.js';

export const REPOSITORY = 'acme/shop';
export const KMS_KEY_ARN = `arn:aws:kms:${TEST_REGION}:${TEST_ACCOUNT_ID}:key/1f7e`;
export const ACME_ROLE_ARN = `arn:aws:iam::${TEST_ACCOUNT_ID}:role/tenants/${ACME.role}`;

/** An AWS account with two tenants, and all that any process asks of it. */
export class IsolationWorld {
  readonly site: AwsSite;
  readonly outpost: Outpost;
  readonly recorder: CallRecorder;
  /** What is on GitHub. */
  readonly repository: string;
  readonly #github: GitHub;

  private constructor(
    params: Pick<IsolationWorld, 'site' | 'outpost' | 'recorder' | 'repository'>,
    github: GitHub,
  ) {
    this.site = params.site;
    this.outpost = params.outpost;
    this.recorder = params.recorder;
    this.repository = params.repository;
    this.#github = github;
  }

  static async open(): Promise<IsolationWorld> {
    const github = await startGitHub({
      tokens: [ACME.secrets['outpost/tenants/acme/github']!, FLEET['outpost/github']],
    });
    const repository = await makeRepository();
    await github.add({ name: REPOSITORY, repository });
    const recorder = new CallRecorder();
    const everywhere = { ...github.env, OUTPOST_KMS_KEY_ID: KMS_KEY_ARN };
    const site = await openAwsSite({
      startContainer: async ({ env, ...container }) =>
        startContainer({ ...container, env: { ...(await recorder.before(env)), ...everywhere } }),
    });
    for (const secrets of [FLEET, ...TENANTS.map((tenant) => tenant.secrets)])
      for (const [name, value] of Object.entries(secrets)) await site.account.putSecret({ name, value });
    const apiKeys = createAwsApiKeyStore({ dynamodb: site.account.clients.dynamodb, clock: systemClock });
    for (const tenant of TENANTS) await apiKeys.create(keyOf(tenant));
    const outpost = await site.start({
      env: {
        ...(await recorder.before(site.account.controlPlaneEnv)),
        ...everywhere,
        ...(await fakeAgentEnv(site.directory)),
        OUTPOST_TENANT_TASK_ROLES: JSON.stringify({ [ACME.tenantId]: ACME_ROLE_ARN }),
        OUTPOST_LOG_LEVEL: 'trace',
      },
    });
    return new IsolationWorld({ site, outpost, recorder, repository }, github);
  }

  as({ apiKey }: Tenant): Outpost {
    return this.outpost.as(apiKey);
  }

  async close(): Promise<void> {
    await this.outpost.stop();
    await this.site.close();
    await this.recorder.close();
    await this.#github.close();
  }
}

function keyOf({ tenantId, apiKey }: Tenant) {
  const keyHash = createHash('sha256').update(apiKey).digest('hex');
  return storedApiKey({ tenantId, keyHash, keyPrefix: apiKey.slice(0, 15), scopes: ['admin'] });
}
