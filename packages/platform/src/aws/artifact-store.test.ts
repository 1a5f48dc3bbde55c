import { ListObjectsV2Command, PutObjectCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createTestClients } from '../testing/aws/clients.js';
import { startFauxqs } from '../testing/aws/fauxqs.js';
import { artifactStoreHarness } from '../testing/aws/harnesses.js';
import { fetchPresigned, verifyPresignedUrl } from '../testing/aws/s3.js';
import { createSettableClock, describeArtifactStoreConformance, newDispatchId } from '../testing/index.js';
import { createAwsArtifactStore } from './artifact-store.js';

const BUCKET = 'artifacts';
const MIB = 1024 * 1024;
const KEY_ARN = 'arn:aws:kms:us-east-1:123456789012:key/1f7e';
const TENANT_CONTEXT = Buffer.from('{"tenantId":"acme"}').toString('base64');

describeArtifactStoreConformance(
  'aws',
  artifactStoreHarness(async () => {
    const { url, close } = await startFauxqs();
    return { endpoints: { s3: url }, close };
  }),
);

const start = async ({ kmsKeyId }: { kmsKeyId?: string } = {}) => {
  const server = await startFauxqs();
  const { s3, destroy } = createTestClients({ s3: server.url });
  onTestFinished(async () => {
    destroy();
    await server.close();
  });
  await server.createBucket(BUCKET);
  const clock = createSettableClock();
  const key = { tenantId: 'acme', dispatchId: newDispatchId(), name: 'repo.bundle' } as const;
  return {
    s3,
    clock,
    key,
    artifacts: createAwsArtifactStore({ s3, clock, bucket: BUCKET, kmsKeyId }),
    /** What was sent to the object, without what was sent to make the bucket. */
    requests: () => server.requests.filter(({ url }) => url.includes(key.dispatchId)),
    fetchUrl: (url: string) => fetchPresigned(url, { s3, clock }),
  };
};

describe('an upload to S3', () => {
  it('of up to 8 MiB is one request, encrypted with the tenant as context and with a checksum', async () => {
    const { artifacts, key, requests } = await start({ kmsKeyId: KEY_ARN });
    await artifacts.put({ ...key, body: { file: await temporaryFile(randomBytes(8 * MIB)) } });
    expect(requests().map(operationOf)).toEqual(['PUT ?x-id']);
    expect(requests()[0]?.headers).toMatchObject({
      'content-type': 'application/x-git-bundle',
      'x-amz-checksum-crc32': expect.stringMatching(/^.{8}$/),
      'x-amz-server-side-encryption': 'aws:kms',
      'x-amz-server-side-encryption-aws-kms-key-id': KEY_ARN,
      'x-amz-server-side-encryption-context': TENANT_CONTEXT,
    });
  });

  it('of more goes up in parts, encrypted and checked alike', async () => {
    const { artifacts, fetchUrl, key, requests } = await start({ kmsKeyId: KEY_ARN });
    const bytes = randomBytes(20 * MIB + 1);
    const stored = await artifacts.put({ ...key, body: { file: await temporaryFile(bytes) } });
    expect(stored.sizeBytes).toBe(bytes.length);
    const sent = requests();
    expect(sent.map(operationOf).toSorted()).toEqual(
      ['POST ?uploads', 'POST ?uploadId', ...Array.from({ length: 3 }, () => 'PUT ?partNumber')].toSorted(),
    );
    expect(sent.find(({ url }) => url.includes('?uploads'))?.headers).toMatchObject({
      'content-type': 'application/x-git-bundle',
      'x-amz-checksum-algorithm': 'CRC32',
      'x-amz-server-side-encryption': 'aws:kms',
      'x-amz-server-side-encryption-aws-kms-key-id': KEY_ARN,
      'x-amz-server-side-encryption-context': TENANT_CONTEXT,
    });
    for (const { headers } of sent.filter(({ url }) => url.includes('partNumber')))
      expect(headers).toHaveProperty('x-amz-checksum-crc32');
    const fetched = await fetchUrl(await artifacts.createDownloadUrl({ ...key, expiresInSeconds: 60 }));
    expect(fetched.outcome === 'ok' && fetched.body.equals(bytes)).toBe(true);
  });

  it('is checked though the environment would spare that', async () => {
    vi.stubEnv('AWS_REQUEST_CHECKSUM_CALCULATION', 'WHEN_REQUIRED');
    onTestFinished(() => void vi.unstubAllEnvs());
    const { artifacts, key, requests } = await start();
    await artifacts.put({ ...key, body: { text: 'x' } });
    expect(requests()[0]?.headers).toHaveProperty('x-amz-checksum-crc32');
  });

  it("uses the account's own key without one", async () => {
    const { artifacts, key, requests } = await start();
    await artifacts.put({ ...key, body: { text: 'x' } });
    expect(requests()[0]?.headers).toMatchObject({
      'x-amz-server-side-encryption': 'aws:kms',
      'x-amz-server-side-encryption-context': TENANT_CONTEXT,
    });
    expect(requests()[0]?.headers).not.toHaveProperty('x-amz-server-side-encryption-aws-kms-key-id');
  });

  it('that fails half way is taken back, and what was there stays', async () => {
    const { artifacts, fetchUrl, key, requests, s3 } = await start();
    await artifacts.put({ ...key, body: { text: 'before' } });
    s3.middlewareStack.add(
      (next) => (args) => {
        if ('PartNumber' in args.input && args.input.PartNumber === 2) throw new Error('refused');
        return next(args);
      },
      { step: 'initialize' },
    );
    const file = await temporaryFile(randomBytes(20 * MIB));
    await expect(artifacts.put({ ...key, body: { file } })).rejects.toThrow('refused');
    expect(requests().map(operationOf)).toContain('DELETE ?uploadId');
    expect(await artifacts.list(key)).toMatchObject([{ sizeBytes: 'before'.length }]);
    const url = await artifacts.createDownloadUrl({ ...key, expiresInSeconds: 60 });
    expect(await fetchUrl(url)).toMatchObject({ outcome: 'ok', body: Buffer.from('before') });
  });

  it('counts though the answer to its last call is lost', async () => {
    const { artifacts, fetchUrl, key, requests, s3 } = await start();
    let isLost = false;
    s3.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          const answer = await next(args);
          if (isLost || commandName !== 'CompleteMultipartUploadCommand') return answer;
          isLost = true;
          throw Object.assign(new Error('socket hang up'), { name: 'TimeoutError', code: 'ECONNRESET' });
        },
      { step: 'deserialize', priority: 'low' },
    );
    const bytes = randomBytes(9 * MIB);
    await artifacts.put({ ...key, body: { file: await temporaryFile(bytes) } });
    expect(
      requests().filter(({ method, url }) => method === 'POST' && url.includes('uploadId')),
    ).toHaveLength(3);
    const fetched = await fetchUrl(await artifacts.createDownloadUrl({ ...key, expiresInSeconds: 60 }));
    expect(fetched.outcome === 'ok' && fetched.body.equals(bytes)).toBe(true);
  });

  it('is not made of a symbolic link, a named pipe or a directory', async () => {
    const { artifacts, key, requests } = await start();
    const secret = await temporaryFile(Buffer.from('not for you'));
    const directory = join(secret, '..');
    await symlink(secret, join(directory, 'link'));
    execFileSync('mkfifo', [join(directory, 'pipe')]);
    for (const name of ['link', 'pipe', '.'])
      await expect(artifacts.put({ ...key, body: { file: join(directory, name) } }), name).rejects.toThrow();
    expect(requests()).toEqual([]);
  });
});

describe('an artifact in S3', () => {
  it('is at tenant, dispatch and name', async () => {
    const { artifacts, key, s3 } = await start();
    await artifacts.put({ ...key, body: { text: 'x' } });
    const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket: BUCKET }));
    expect(Contents?.map(({ Key }) => Key)).toEqual([`acme/${key.dispatchId}/repo.bundle`]);
    const object = { Bucket: BUCKET, Key: `acme/${key.dispatchId}/repo.bundle` };
    expect(await s3.send(new HeadObjectCommand(object))).toMatchObject({
      ContentType: 'application/x-git-bundle',
    });
  });

  it('is listed among any number of objects, and those are not', async () => {
    const { artifacts, key, requests, s3 } = await start();
    const names = Array.from(
      { length: 1_005 },
      (_, index) => `checkpoints/${String(index).padStart(4, '0')}`,
    );
    for (const batch of [names.slice(0, 500), names.slice(500)]) {
      await Promise.all(
        batch.map((name) =>
          s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: `acme/${key.dispatchId}/${name}`, Body: 'x' })),
        ),
      );
    }
    await artifacts.put({ ...key, name: 'task.md', body: { text: 'ab' } });
    expect(await artifacts.list(key)).toEqual([
      { name: 'task.md', sizeBytes: 2, contentType: 'text/markdown; charset=utf-8' },
    ]);
    expect(
      requests().filter(({ method, url }) => method === 'GET' && url.includes('list-type')),
    ).toHaveLength(2);
  });

  it.each(['../acme', '..', '', 'a/b', 'a\0', '*'])(
    'belongs to no tenant and no dispatch called %j',
    async (bad) => {
      const { artifacts, key } = await start();
      for (const wrong of [
        { ...key, tenantId: bad },
        { ...key, dispatchId: bad },
      ]) {
        const rejection = { code: 'VALIDATION_ERROR' };
        await expect(artifacts.put({ ...wrong, body: { text: 'x' } })).rejects.toMatchObject(rejection);
        await expect(artifacts.list(wrong)).rejects.toMatchObject(rejection);
        await expect(artifacts.createDownloadUrl({ ...wrong, expiresInSeconds: 60 })).rejects.toMatchObject(
          rejection,
        );
      }
    },
  );
});

describe('a presigned URL', () => {
  it('says for how long, from when, and how the artifact is to be saved', async () => {
    const { artifacts, key, fetchUrl } = await start();
    await artifacts.put({ ...key, name: 'output.log', body: { text: 'x' } });
    const url = await artifacts.createDownloadUrl({ ...key, name: 'output.log', expiresInSeconds: 90 });
    expect(Object.fromEntries(new URL(url).searchParams)).toMatchObject({
      'X-Amz-Date': '20261123T120000Z',
      'X-Amz-Expires': '90',
      'response-content-disposition': 'attachment; filename="output.log"',
      'response-content-type': 'text/plain; charset=utf-8',
    });
    expect(await fetchUrl(url)).toMatchObject({ contentType: 'text/plain; charset=utf-8' });
  });

  it('is refused when another secret key has signed it, and before its time', async () => {
    const { artifacts, clock, key, s3 } = await start();
    const url = await artifacts.createDownloadUrl({ ...key, expiresInSeconds: 60 });
    const forged = createTestClients({}, { accessKeyId: 'AKIASOMEBODYELSE' });
    onTestFinished(() => forged.destroy());
    expect(await verifyPresignedUrl(url, { s3, clock })).toBe(true);
    expect(await verifyPresignedUrl(url, { s3: forged.s3, clock })).toBe(false);
    clock.advance(-1_000);
    expect(await verifyPresignedUrl(url, { s3, clock })).toBe(false);
  });
});

/** Method and the first name of the query. */
function operationOf({ method, url }: { readonly method: string; readonly url: string }): string {
  return `${method} ?${[...new URL(url, 'http://s3').searchParams.keys()][0] ?? ''}`;
}

async function temporaryFile(bytes: Buffer): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'outpost-artifact-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const file = join(directory, 'file');
  await writeFile(file, bytes);
  return file;
}
