import { ARTIFACT_NAMES } from '@outpost/contracts';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, expect, onTestFinished } from 'vitest';
import type { ArtifactStore } from '../ports/index.js';
import { newDispatchId } from './fixtures.js';
import { atOnce, subjectOf, type Harness } from './harness.js';
import { itExcept, type LeftOut } from './left-out.js';
import type { SettableClock } from './settable-clock.js';

export interface ArtifactStoreSubject {
  readonly artifacts: ArtifactStore;
  /** The clock by which URLs expire. */
  readonly clock: SettableClock;
  /** What a client without a key gets of a URL. */
  fetchUrl(url: string): Promise<Fetched>;
}

export type Fetched =
  | { readonly outcome: 'ok'; readonly body: Buffer; readonly contentType: string }
  | { readonly outcome: 'denied' | 'missing' };

/** What every artifact store must do. */
export function describeArtifactStoreConformance(
  name: string,
  harness: Harness<ArtifactStoreSubject>,
  leftOut?: LeftOut,
): void {
  const it = itExcept(leftOut);
  const start = async () => ({
    ...(await subjectOf(harness)),
    tenantId: 'acme',
    dispatchId: newDispatchId(),
  });

  describe(`ArtifactStore: ${name}`, () => {
    it('keeps text and files, byte for byte', async () => {
      const { artifacts, fetchUrl, tenantId, dispatchId } = await start();
      const bytes = randomBytes(300_000);
      const file = await temporaryFile(bytes);
      const bundle = { tenantId, dispatchId, name: 'repo.bundle' } as const;
      expect(await artifacts.put({ ...bundle, body: { file } })).toEqual({
        name: 'repo.bundle',
        sizeBytes: bytes.length,
        contentType: 'application/x-git-bundle',
      });
      const task = { tenantId, dispatchId, name: 'task.md' } as const;
      await artifacts.put({ ...task, body: { text: 'Zähle \u{1F680}\n' } });
      const fetched = await fetchUrl(await artifacts.createDownloadUrl({ ...bundle, expiresInSeconds: 60 }));
      expect(fetched).toMatchObject({ outcome: 'ok', contentType: 'application/x-git-bundle' });
      expect(fetched.outcome === 'ok' && fetched.body.equals(bytes)).toBe(true);
      expect(
        await textAt(fetchUrl, await artifacts.createDownloadUrl({ ...task, expiresInSeconds: 60 })),
      ).toBe('Zähle \u{1F680}\n');
    });

    it('lists what is there, with sizes', async () => {
      const { artifacts, tenantId, dispatchId } = await start();
      expect(await artifacts.list({ tenantId, dispatchId })).toEqual([]);
      for (const artifact of ARTIFACT_NAMES) {
        await artifacts.put({ tenantId, dispatchId, name: artifact, body: { text: artifact } });
      }
      const listed = await artifacts.list({ tenantId, dispatchId });
      expect(listed.map((artifact) => [artifact.name, artifact.sizeBytes])).toEqual(
        ARTIFACT_NAMES.map((artifact) => [artifact, artifact.length]),
      );
    });

    it('keeps files of the agent by their paths, after the others, and removes them too', async () => {
      const { artifacts, fetchUrl, tenantId, dispatchId } = await start();
      const names = [
        'artifacts/report (1).html',
        'artifacts/a/b/c/photo.png',
        'artifacts/.last-run',
        `artifacts/${'x'.repeat(150)}`,
      ] as const;
      for (const path of names)
        await artifacts.put({ tenantId, dispatchId, name: path, body: { text: path } });
      await artifacts.put({ tenantId, dispatchId, name: 'task.md', body: { text: 'task' } });
      const listed = await artifacts.list({ tenantId, dispatchId });
      expect(listed.map((artifact) => [artifact.name, artifact.contentType])).toEqual([
        ['task.md', 'text/markdown; charset=utf-8'],
        ['artifacts/.last-run', 'application/octet-stream'],
        ['artifacts/a/b/c/photo.png', 'image/png'],
        ['artifacts/report (1).html', 'text/html; charset=utf-8'],
        [`artifacts/${'x'.repeat(150)}`, 'application/octet-stream'],
      ]);
      for (const path of names) {
        const key = { tenantId, dispatchId, name: path };
        expect((await buffer((await artifacts.open(key))!.stream)).toString()).toBe(path);
        const url = await artifacts.createDownloadUrl({ ...key, expiresInSeconds: 60 });
        expect(await textAt(fetchUrl, url)).toBe(path);
      }
      await artifacts.remove({ tenantId, dispatchId });
      expect(await artifacts.list({ tenantId, dispatchId })).toEqual([]);
    });

    it('reads what is there, byte for byte, and nothing of anybody else', async () => {
      const { artifacts, tenantId, dispatchId } = await start();
      const key = { tenantId, dispatchId, name: 'changes.patch' } as const;
      expect(await artifacts.open(key)).toBeUndefined();
      const bytes = randomBytes(300_000);
      await artifacts.put({ ...key, body: { file: await temporaryFile(bytes) } });
      const opened = await artifacts.open(key);
      expect(opened?.artifact).toEqual({
        name: 'changes.patch',
        sizeBytes: bytes.length,
        contentType: 'text/x-diff; charset=utf-8',
      });
      expect((await buffer(opened!.stream)).equals(bytes)).toBe(true);
      await artifacts.put({ ...key, body: { text: '' } });
      expect(await buffer((await artifacts.open(key))!.stream)).toHaveLength(0);
      expect(await artifacts.open({ ...key, name: 'task.md' })).toBeUndefined();
      expect(await artifacts.open({ ...key, tenantId: 'other' })).toBeUndefined();
    });

    it('replaces, also with something shorter or empty', async () => {
      const { artifacts, fetchUrl, tenantId, dispatchId } = await start();
      const key = { tenantId, dispatchId, name: 'output.log' } as const;
      const url = await artifacts.createDownloadUrl({ ...key, expiresInSeconds: 60 });
      for (const text of ['one line\n', 'a longer second version\n', 'short', '']) {
        await artifacts.put({ ...key, body: { text } });
        expect(await textAt(fetchUrl, url)).toBe(text);
        expect(await artifacts.list({ tenantId, dispatchId })).toMatchObject([{ sizeBytes: text.length }]);
      }
    });

    it('shows a reader one version or another, never a mixture', async () => {
      const { artifacts, fetchUrl, tenantId, dispatchId } = await start();
      const key = { tenantId, dispatchId, name: 'changes.patch' } as const;
      const versions = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(200_000));
      await artifacts.put({ ...key, body: { text: versions[0]! } });
      const url = await artifacts.createDownloadUrl({ ...key, expiresInSeconds: 60 });
      const [, seen] = await Promise.all([
        atOnce(12, (index) => artifacts.put({ ...key, body: { text: versions[index % 4]! } })),
        atOnce(12, () => textAt(fetchUrl, url)),
      ]);
      for (const text of seen) expect(versions.includes(text)).toBe(true);
    });

    it('keeps tenants and dispatches apart', async () => {
      const { artifacts, tenantId, dispatchId } = await start();
      await artifacts.put({ tenantId, dispatchId, name: 'task.md', body: { text: 'ours' } });
      expect(await artifacts.list({ tenantId: 'globex', dispatchId })).toEqual([]);
      expect(await artifacts.list({ tenantId: 'acm', dispatchId })).toEqual([]);
      expect(await artifacts.list({ tenantId, dispatchId: newDispatchId() })).toEqual([]);
    });

    it('deletes all of a dispatch, and nothing else, as often as it is told', async () => {
      const { artifacts, fetchUrl, tenantId, dispatchId } = await start();
      const names = ['task.md', 'repo.bundle'] as const;
      const others = [
        { tenantId, dispatchId: newDispatchId() },
        { tenantId: 'globex', dispatchId },
      ];
      for (const key of [{ tenantId, dispatchId }, ...others]) {
        for (const artifact of names) await artifacts.put({ ...key, name: artifact, body: { text: 'x' } });
      }
      const task = { tenantId, dispatchId, name: 'task.md' } as const;
      const url = await artifacts.createDownloadUrl({ ...task, expiresInSeconds: 60 });
      for (let call = 0; call < 2; call += 1) await artifacts.remove({ tenantId, dispatchId });
      expect(await artifacts.list({ tenantId, dispatchId })).toEqual([]);
      expect((await fetchUrl(url)).outcome).toBe('missing');
      for (const other of others) expect(await artifacts.list(other)).toHaveLength(2);
      await artifacts.put({ ...task, body: { text: 'again' } });
      expect(await textAt(fetchUrl, url)).toBe('again');
    });

    it.each(['text', 'file'] as const)(
      'gives up a put of a %s that is aborted, and keeps what was there',
      async (kind) => {
        const { artifacts, fetchUrl, tenantId, dispatchId } = await start();
        const key = { tenantId, dispatchId, name: 'output.log' } as const;
        await artifacts.put({ ...key, body: { text: 'before' } });
        const large = Buffer.alloc(20_000_000, 'x');
        const body = kind === 'text' ? { text: large.toString() } : { file: await temporaryFile(large) };
        const url = await artifacts.createDownloadUrl({ ...key, expiresInSeconds: 60 });
        await expect(artifacts.put({ ...key, body, signal: AbortSignal.abort() })).rejects.toThrow();
        const controller = new AbortController();
        const putting = artifacts.put({ ...key, body, signal: controller.signal });
        controller.abort();
        await expect(putting).rejects.toThrow();
        expect(await textAt(fetchUrl, url)).toBe('before');
        const { signal } = new AbortController();
        await artifacts.put({ ...key, body: { text: 'after' }, signal });
        expect(await textAt(fetchUrl, url)).toBe('after');
      },
    );

    it('stores nothing of a file that is not there', async () => {
      const { artifacts, tenantId, dispatchId } = await start();
      const body = { file: join(tmpdir(), `outpost-no-such-file-${dispatchId}`) };
      await expect(artifacts.put({ tenantId, dispatchId, name: 'task.md', body })).rejects.toThrow();
      expect(await artifacts.list({ tenantId, dispatchId })).toEqual([]);
    });
  });

  describe(`Artifact URLs: ${name}`, () => {
    it('open until they expire, and not after', async () => {
      const { artifacts, clock, fetchUrl, tenantId, dispatchId } = await start();
      const key = { tenantId, dispatchId, name: 'task.md' } as const;
      await artifacts.put({ ...key, body: { text: 'x' } });
      const url = await artifacts.createDownloadUrl({ ...key, expiresInSeconds: 60 });
      clock.advance(58_000);
      expect((await fetchUrl(url)).outcome).toBe('ok');
      clock.advance(3_000);
      expect((await fetchUrl(url)).outcome).toBe('denied');
    });

    it('lead to nothing while there is no artifact', async () => {
      const { artifacts, fetchUrl, tenantId, dispatchId } = await start();
      const key = { tenantId, dispatchId, name: 'task.md' } as const;
      await artifacts.put({ ...key, tenantId: 'globex', body: { text: "another tenant's" } });
      const url = await artifacts.createDownloadUrl({ ...key, expiresInSeconds: 60 });
      expect((await fetchUrl(url)).outcome).toBe('missing');
    });

    it('open nothing once a part of them is changed', async () => {
      const { artifacts, fetchUrl, tenantId, dispatchId } = await start();
      const key = { tenantId, dispatchId, name: 'task.md' } as const;
      await artifacts.put({ ...key, body: { text: 'x' } });
      await artifacts.put({ ...key, name: 'output.log', body: { text: 'x' } });
      const url = await artifacts.createDownloadUrl({ ...key, expiresInSeconds: 60 });
      const changed = [
        url.replace('task.md', 'output.log'),
        url.replace(dispatchId, newDispatchId()),
        ...digitsChanged(url),
      ];
      for (const wrong of changed) {
        expect(wrong).not.toBe(url);
        expect((await fetchUrl(wrong)).outcome, wrong).not.toBe('ok');
      }
      expect((await fetchUrl(url)).outcome).toBe('ok');
    });
  });
}

/** The URL with each value of its query changed in one place, its length kept. */
function digitsChanged(url: string): string[] {
  const [path, query] = url.split('?');
  const names = [...new URLSearchParams(query).keys()];
  return names.map((name) => {
    const parameters = new URLSearchParams(query);
    const value = parameters.get(name) ?? '';
    const at = Math.max(0, value.search(/[0-9a-f][^0-9a-f]*$/));
    parameters.set(name, value.slice(0, at) + (value[at] === '7' ? '8' : '7') + value.slice(at + 1));
    return `${path}?${parameters.toString()}`;
  });
}

async function textAt(fetchUrl: ArtifactStoreSubject['fetchUrl'], url: string): Promise<string> {
  const fetched = await fetchUrl(url);
  if (fetched.outcome !== 'ok') throw new Error(`The URL is ${fetched.outcome}.`);
  return fetched.body.toString('utf8');
}

async function temporaryFile(bytes: Buffer): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'outpost-artifact-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const file = join(directory, 'file');
  await writeFile(file, bytes);
  return file;
}
