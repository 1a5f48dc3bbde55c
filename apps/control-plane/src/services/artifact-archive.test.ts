import { createTemporaryLocalPlatform, newDispatchId } from '@outpost/platform/testing';
import type { ArtifactStore, OpenedArtifact } from '@outpost/platform';
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { zipOfArtifacts } from './artifact-archive.js';

type Local = Awaited<ReturnType<typeof createTemporaryLocalPlatform>>;

const key = { tenantId: 'acme', dispatchId: newDispatchId() };
let local: Local;
let artifacts: ArtifactStore;
beforeEach(async () => {
  local = await createTemporaryLocalPlatform();
  ({ artifacts } = local.open());
});
afterEach(() => local.cleanup());

it('is a zip also of nothing', async () => {
  const bytes = await buffer(await zipOfArtifacts(artifacts, key, {}));
  expect(bytes.subarray(0, 4).toString('latin1')).toBe('PK\u0005\u0006');
});

it('breaks off when an artifact is gone by the time that it is its turn', async () => {
  await artifacts.put({ ...key, name: 'task.md', body: { text: 'task' } });
  const open = async (): Promise<OpenedArtifact | undefined> => undefined;
  const zip = await zipOfArtifacts({ list: artifacts.list.bind(artifacts), open }, key, {});
  await expect(buffer(zip)).rejects.toThrow('task.md');
});

it('breaks off when an artifact cannot be read to its end', async () => {
  await artifacts.put({ ...key, name: 'task.md', body: { text: 'task' } });
  const open = async ({ name }: { name: 'task.md' }): Promise<OpenedArtifact> => {
    const stream = new PassThrough();
    stream.write('ta');
    setImmediate(() => stream.destroy(new Error('the connection was lost')));
    return { artifact: { name, sizeBytes: 4, contentType: 'text/markdown' }, stream };
  };
  const store = { list: artifacts.list.bind(artifacts), open: open as ArtifactStore['open'] };
  await expect(buffer(await zipOfArtifacts(store, key, {}))).rejects.toThrow('the connection was lost');
});

it('lets go of what it reads when nobody wants it any more', async () => {
  await artifacts.put({ ...key, name: 'task.md', body: { text: 'task' } });
  const opened = Promise.withResolvers<PassThrough>();
  const open = async ({ name }: { name: 'task.md' }): Promise<OpenedArtifact> => {
    const stream = new PassThrough();
    opened.resolve(stream);
    return { artifact: { name, sizeBytes: 4, contentType: 'text/markdown' }, stream };
  };
  const store = { list: artifacts.list.bind(artifacts), open: open as ArtifactStore['open'] };
  const zip = await zipOfArtifacts(store, key, {});
  zip.resume();
  const stream = await opened.promise;
  const closed = new Promise((resolve) => stream.once('close', resolve));
  zip.destroy();
  await closed;
  expect(stream.destroyed).toBe(true);
});
