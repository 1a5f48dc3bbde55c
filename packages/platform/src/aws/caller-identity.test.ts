import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createTestClients } from '../testing/aws/clients.js';
import { startSts, TEST_ACCOUNT_ID } from '../testing/aws/sts.js';
import { callerIdentity } from './caller-identity.js';
import { createAwsClients } from './clients.js';

const start = async (accessKeyId: string) => {
  const server = await startSts();
  const { sts, destroy } = createTestClients({ sts: server.url }, { accessKeyId });
  onTestFinished(async () => {
    destroy();
    await server.close();
  });
  return { server, sts };
};

describe('the identity of the caller', () => {
  it('is an account and who calls', async () => {
    const { sts } = await start('AKIAWORKEROFACME');
    expect(await callerIdentity({ sts })).toEqual({
      accountId: TEST_ACCOUNT_ID,
      arn: `arn:aws:sts::${TEST_ACCOUNT_ID}:assumed-role/AKIAWORKEROFACME/session`,
    });
  });

  it.each(['ExpiredToken', 'InvalidClientTokenId', 'SignatureDoesNotMatch'])(
    'is refused in words after %s',
    async (code) => {
      const { server, sts } = await start('AKIAOLD');
      server.refuse('AKIAOLD', code);
      await expect(callerIdentity({ sts })).rejects.toThrow(`AWS refuses these credentials (${code}).`);
    },
  );

  it('says what to do where there are no credentials', async () => {
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    for (const name of ['AWS_SHARED_CREDENTIALS_FILE', 'AWS_CONFIG_FILE']) vi.stubEnv(name, '/dev/null');
    for (const name of [
      'AWS_ACCESS_KEY_ID',
      'AWS_SECRET_ACCESS_KEY',
      'AWS_PROFILE',
      'AWS_CONTAINER_CREDENTIALS_FULL_URI',
    ])
      vi.stubEnv(name, undefined);
    onTestFinished(() => void vi.unstubAllEnvs());
    const { sts, destroy } = createAwsClients({
      region: 'us-east-1',
      endpointFor: () => 'http://127.0.0.1:9',
    });
    onTestFinished(destroy);
    await expect(callerIdentity({ sts })).rejects.toThrow('There are no AWS credentials. Run as an ECS task');
  });

  it('is not known while STS does not answer', async () => {
    const { sts, destroy } = createTestClients({});
    onTestFinished(destroy);
    await expect(callerIdentity({ sts })).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  });
});
