import type { DispatchRecord, RunManifest } from '@outpost/contracts';
import { CLAIMED, creation, createTemporaryLocalPlatform, ending, TEST_AT } from '@outpost/platform/testing';
import { createHash, verify } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { refusalOf } from '../testing/dispatch-desk.js';
import { RunManifests } from './run-manifests.js';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

type Local = Awaited<ReturnType<typeof createTemporaryLocalPlatform>>;

let local: Local;
let platform: ReturnType<Local['open']>;
let manifests: RunManifests;
beforeEach(async () => {
  local = await createTemporaryLocalPlatform();
  platform = local.open();
  const { dispatches, artifacts, manifestSigner: signer } = platform;
  manifests = new RunManifests({ dispatches, artifacts, signer });
});
afterEach(() => local.cleanup());

const manifestOf = ({ dispatchId, tenantId, agent, modelId, tier }: DispatchRecord): string =>
  JSON.stringify({
    version: 1,
    dispatchId,
    tenantId,
    agent,
    modelId,
    tier,
    status: 'COMPLETED',
    createdAt: TEST_AT,
    startedAt: TEST_AT,
    completedAt: TEST_AT,
    artifacts: [{ name: 'changes.patch', sizeBytes: 3, sha256: sha256('abc') }],
  } satisfies RunManifest);

const store = async ({ tenantId, dispatchId }: DispatchRecord, text: string): Promise<void> => {
  await platform.artifacts.put({ tenantId, dispatchId, name: 'manifest.json', body: { text } });
};

/** A dispatch whose worker has stored its manifest and reported it. */
async function reported(): Promise<DispatchRecord> {
  const created = await platform.dispatches.create(creation());
  if (created.outcome !== 'created') throw new Error(created.outcome);
  const { tenantId, dispatchId } = created.record;
  const text = manifestOf(created.record);
  await store(created.record, text);
  await platform.dispatches.move({ tenantId, dispatchId, move: CLAIMED });
  const move = ending('COMPLETED', { manifestSha256: sha256(text) });
  const moved = await platform.dispatches.move({ tenantId, dispatchId, move });
  if (moved.outcome !== 'moved') throw new Error(moved.outcome);
  return moved.record;
}

describe('a manifest', () => {
  it('is signed as its worker reported it, so that the published key verifies it', async () => {
    const record = await reported();
    const { manifest, signature, algorithm, keyId } = await manifests.signed(record);
    expect(manifest).toBe(manifestOf(record));
    const { publicKey, ...key } = await manifests.key();
    expect(key).toEqual({ algorithm, keyId });
    const isValid = (text: string): boolean =>
      verify(null, Buffer.from(text), publicKey, Buffer.from(signature, 'base64'));
    expect(isValid(manifest)).toBe(true);
    expect(isValid(manifest.replace('COMPLETED', 'FAILED'))).toBe(false);
    expect(await manifests.signed(record)).toEqual({ manifest, signature, algorithm, keyId });
  });

  it('is not signed once it was changed, or is gone', async () => {
    const record = await reported();
    await store(record, manifestOf(record).replace(sha256('abc'), sha256('abd')));
    expect(await refusalOf(manifests.signed(record))).toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('changed or deleted') as string,
    });
    await platform.artifacts.remove(record);
    expect(await refusalOf(manifests.signed(record))).toMatchObject({ code: 'CONFLICT' });
  });

  it('is not signed when no worker reported it', async () => {
    const created = await platform.dispatches.create(creation());
    if (created.outcome !== 'created') throw new Error(created.outcome);
    await store(created.record, manifestOf(created.record));
    expect(await refusalOf(manifests.signed(created.record))).toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('has not ended') as string,
    });
    const { dispatchId } = created.record;
    expect(await refusalOf(manifests.signed({ tenantId: 'other', dispatchId }))).toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  it('tells the digests of artifacts, and none when it is no manifest', async () => {
    const record = await reported();
    expect(await manifests.digests(record)).toEqual(new Map([['changes.patch', sha256('abc')]]));
    for (const text of ['', 'no JSON', '{"version":2}', `"${'x'.repeat(2_000_000)}"`]) {
      await store(record, text);
      expect(await manifests.digests(record)).toEqual(new Map());
    }
  });
});
