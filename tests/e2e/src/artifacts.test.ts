import type { ArtifactList, Dispatch, ManifestKey, RunManifest, SignedManifest } from '@outpost/contracts';
import {
  isInstalled,
  makeRepository,
  openScriptedSite,
  shellTask,
  SITES,
  type Outpost,
  type ScriptedSite,
} from '@outpost/test-support';
import { createHash, verify } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromBufferPromise } from 'yauzl';

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

async function unzip(bytes: Buffer): Promise<ReadonlyMap<string, Buffer>> {
  const zip = await fromBufferPromise(bytes, { lazyEntries: true });
  const files = new Map<string, Buffer>();
  for await (const entry of zip.eachEntry())
    files.set(entry.fileName, await buffer(await zip.openReadStreamPromise(entry)));
  return files;
}

describe.each(SITES)('artifacts on $name', ({ open }) => {
  let world: ScriptedSite;
  let outpost: Outpost;
  let done: Dispatch;

  beforeAll(async () => {
    world = await openScriptedSite(open);
    outpost = world.outpost;
    const repo = await world.site.repositoryUrl(await makeRepository());
    const script = `echo hello > hello.txt; cd "$OUTPOST_ARTIFACTS_DIR"
      mkdir shots; printf '<b>report</b>' > 'report (1).html'; head -c 3000000 /dev/zero > shots/large.png`;
    const { dispatchId } = await outpost.dispatch({ agent: 'claude', task: shellTask(script), repo });
    done = await outpost.ended(dispatchId);
  });
  afterAll(() => world.close());

  const get = async (path: string, key = outpost.apiKey): Promise<Response> =>
    fetch(new URL(path, outpost.url), { headers: { 'x-api-key': key } });
  const bytesOf = async (response: Response): Promise<Buffer> => Buffer.from(await response.arrayBuffer());
  const signedOf = async (dispatchId: string): Promise<SignedManifest> =>
    (await (await get(`/artifacts/${dispatchId}/manifest`)).json()) as SignedManifest;

  it('are listed with types, sizes and checksums, which are those of what is downloaded', async () => {
    const { body } = await outpost.call<ArtifactList>('GET', `/artifacts/${done.dispatchId}`);
    expect(body.artifacts.map(({ name, contentType }) => [name, contentType])).toEqual([
      ['task.md', 'text/markdown; charset=utf-8'],
      ['context.json', 'application/json'],
      ['output.log', 'text/plain; charset=utf-8'],
      ['changes.patch', 'text/x-diff; charset=utf-8'],
      ['repo.bundle', 'application/x-git-bundle'],
      ['summary.json', 'application/json'],
      ['manifest.json', 'application/json'],
      ['artifacts/report (1).html', 'text/html; charset=utf-8'],
      ['artifacts/shots/large.png', 'image/png'],
    ]);
    for (const artifact of body.artifacts) {
      const response = await fetch(artifact.url);
      const bytes = await bytesOf(response);
      expect(response.headers.get('content-type')).toBe(artifact.contentType);
      // S3 is asked for it with the URL.
      const { searchParams } = new URL(artifact.url);
      const disposition = searchParams.get('response-content-disposition');
      expect(response.headers.get('content-disposition') ?? disposition).toContain('attachment');
      expect(bytes).toHaveLength(artifact.sizeBytes);
      if (artifact.name !== 'manifest.json') expect(artifact.sha256).toBe(sha256(bytes));
    }
  });

  it('come in one zip, with the manifest and its signature', async () => {
    const response = await get(`/artifacts/${done.dispatchId}/archive`);
    expect(response.headers.get('content-type')).toBe('application/zip');
    const files = await unzip(await bytesOf(response));
    const signed = await signedOf(done.dispatchId);
    const manifest = JSON.parse(signed.manifest) as RunManifest;
    const inside = new Map(
      [...files].map(([name, bytes]) => [name.replace(`${done.dispatchId}/`, ''), bytes]),
    );
    expect([...inside.keys()].toSorted()).toEqual(
      [...manifest.artifacts.map(({ name }) => name), 'manifest.json', 'manifest.sig'].toSorted(),
    );
    for (const { name, sha256: digest } of manifest.artifacts) expect(sha256(inside.get(name)!)).toBe(digest);
    expect(inside.get('manifest.json')!.toString()).toBe(signed.manifest);
    expect(inside.get('manifest.sig')!.toString('base64')).toBe(signed.signature);
  });

  it('have a manifest that says what the run was, and that anybody can verify', async () => {
    const { manifest, signature, keyId } = await signedOf(done.dispatchId);
    const key = (await (await fetch(new URL('/manifest-key', outpost.url))).json()) as ManifestKey;
    expect(key).toMatchObject({ keyId, algorithm: 'Ed25519' });
    const check = (text: string): boolean =>
      verify(null, Buffer.from(text), key.publicKey, Buffer.from(signature, 'base64'));
    expect(check(manifest)).toBe(true);
    expect(check(manifest.replace(done.dispatchId, done.dispatchId.toLowerCase()))).toBe(false);
    expect(JSON.parse(manifest)).toMatchObject({
      dispatchId: done.dispatchId,
      tenantId: 'default',
      agent: 'claude',
      modelId: done.modelId,
      baseCommit: done.changes!.baseCommit,
      completedAt: expect.any(String) as string,
    });
    expect(done.manifestSha256).toBe(sha256(Buffer.from(manifest)));
  });

  it('have no signed manifest while they are still to come, and none for strangers', async () => {
    const { dispatchId } = await outpost.dispatch({ agent: 'claude', task: shellTask('sleep 600') });
    expect((await get(`/artifacts/${dispatchId}/manifest`)).status).toBe(409);
    await outpost.call('DELETE', `/dispatch/${dispatchId}`);
    await outpost.ended(dispatchId);
    expect((await get(`/artifacts/${dispatchId}/archive`)).status).toBe(200);
    const stranger = await world.site.tenantKey('another');
    for (const part of ['', '/archive', '/manifest'])
      expect((await get(`/artifacts/${done.dispatchId}${part}`, stranger)).status).toBe(404);
  });

  it.skipIf(!isInstalled('codex'))('of a real CLI name its version', async () => {
    world.model.say({ marker: 'SAY-HELLO', text: 'Hello.' });
    const { dispatchId } = await outpost.dispatch({ agent: 'codex', task: 'Please SAY-HELLO now.' });
    await outpost.ended(dispatchId);
    const { cli } = JSON.parse((await signedOf(dispatchId)).manifest) as RunManifest;
    expect(cli).toEqual({
      package: '@openai/codex',
      version: expect.stringMatching(/^\d+\.\d+\.\d+/) as string,
    });
  });
});
