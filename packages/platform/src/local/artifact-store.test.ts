import type { ArtifactName } from '@outpost/contracts';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createTemporaryLocalPlatform, newDispatchId } from '../testing/index.js';
import { createArtifactSigner } from './artifact-signer.js';

const start = async () => {
  const local = await createTemporaryLocalPlatform();
  onTestFinished(local.cleanup);
  const platform = local.open();
  const key = { tenantId: 'acme', dispatchId: newDispatchId(), name: 'task.md' } as const;
  return {
    ...local,
    ...platform,
    downloads: platform.downloads!,
    key,
    directory: join(local.dataDir, 'artifacts', 'acme', key.dispatchId),
  };
};

describe('a local artifact', () => {
  it('is not taken from a symbolic link, a named pipe or a directory', async () => {
    const { artifacts, dataDir, key, directory } = await start();
    const secret = join(dataDir, 'secret');
    await writeFile(secret, 'not for you');
    await symlink(secret, join(dataDir, 'link'));
    execFileSync('mkfifo', [join(dataDir, 'pipe')]);
    for (const name of ['link', 'pipe', '.']) {
      await expect(artifacts.put({ ...key, body: { file: join(dataDir, name) } }), name).rejects.toThrow();
    }
    expect(await artifacts.list(key)).toEqual([]);
    expect(await readdir(directory)).toEqual([]);
  });

  it('replaces a symbolic link in its place, and leaves what that leads to', async () => {
    const { artifacts, dataDir, key, directory } = await start();
    const target = join(dataDir, 'target');
    await writeFile(target, 'kept');
    await mkdir(directory, { recursive: true });
    await symlink(target, join(directory, 'task.md'));
    expect(await artifacts.list(key)).toEqual([]);
    await artifacts.put({ ...key, body: { text: 'new' } });
    expect(await readFile(target, 'utf8')).toBe('kept');
    expect(await artifacts.list(key)).toMatchObject([{ sizeBytes: 3 }]);
  });

  it('is not put through a directory that is a symbolic link', async () => {
    const { artifacts, dataDir, key } = await start();
    const elsewhere = join(dataDir, 'elsewhere');
    await mkdir(elsewhere);
    await mkdir(join(dataDir, 'artifacts'));
    await symlink(elsewhere, join(dataDir, 'artifacts', 'acme'));
    await expect(artifacts.put({ ...key, body: { text: 'x' } })).rejects.toThrow('is not a directory');
    expect(await readdir(elsewhere)).toEqual([]);
  });

  it.each(['../acme', '..', '', 'a/b', 'a\0'])(
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

  it('leaves no temporary file behind', async () => {
    const { artifacts, key, directory } = await start();
    await artifacts.put({ ...key, body: { text: 'one' } });
    await artifacts.put({ ...key, body: { text: 'two' } });
    await expect(artifacts.put({ ...key, body: { file: join(directory, 'missing') } })).rejects.toThrow();
    expect(await readdir(directory)).toEqual(['task.md']);
  });
});

describe('local artifacts', () => {
  it('leave no temporary file behind when a put is given up, at whatever time', async () => {
    const { artifacts, key, directory } = await start();
    const body = { text: 'x'.repeat(5_000_000) };
    for (let turns = 0; turns < 20; turns += 1) {
      const controller = new AbortController();
      const putting = artifacts.put({ ...key, body, signal: controller.signal });
      const outcome = putting.then(
        () => 'stored',
        () => 'given up',
      );
      for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate);
      controller.abort();
      const names = (await outcome) === 'stored' ? ['task.md'] : [];
      expect((await readdir(directory)).filter((name) => name !== 'task.md' || names.length > 0)).toEqual(
        names,
      );
      await artifacts.remove(key);
    }
  });

  it('are deleted with their directory, and not what a link in their place leads to', async () => {
    const { artifacts, dataDir, key, directory } = await start();
    await artifacts.put({ ...key, body: { text: 'x' } });
    await artifacts.remove(key);
    expect(existsSync(directory)).toBe(false);
    const elsewhere = join(dataDir, 'elsewhere');
    await mkdir(elsewhere);
    await writeFile(join(elsewhere, 'task.md'), 'kept');
    await symlink(elsewhere, directory);
    await artifacts.remove(key);
    expect(await readFile(join(elsewhere, 'task.md'), 'utf8')).toBe('kept');
  });
});

describe('a local download URL', () => {
  it('is a path of the control plane with tenant, expiry and signature', async () => {
    const { artifacts, clock, key } = await start();
    const url = new URL(
      await artifacts.createDownloadUrl({ ...key, expiresInSeconds: 90 }),
      'http://localhost',
    );
    expect(url.pathname).toBe(`/artifacts/${key.dispatchId}/task.md`);
    expect([...url.searchParams.keys()]).toEqual(['tenant', 'expires', 'signature']);
    expect(url.searchParams.get('tenant')).toBe('acme');
    expect(url.searchParams.get('expires')).toBe(String(clock.now() / 1_000 + 90));
    expect(url.searchParams.get('signature')).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each(['', '00', 'zz'.repeat(32), '0'.repeat(64), '0'.repeat(66)])(
    'opens nothing by the signature %j',
    async (signature) => {
      const { artifacts, clock, downloads, key } = await start();
      await artifacts.put({ ...key, body: { text: 'x' } });
      const opening = downloads.open({ ...key, expires: clock.now() / 1_000 + 60, signature });
      await expect(opening).rejects.toMatchObject({ code: 'AUTHORIZATION_ERROR' });
    },
  );

  it('leads nowhere else, even rightly signed', async () => {
    const { dataDir, clock, downloads, key } = await start();
    const signer = createArtifactSigner({ dataDir });
    const grant = { ...key, name: '../../../outpost.db' as ArtifactName, expires: clock.now() / 1_000 + 60 };
    expect(await downloads.open({ ...grant, signature: signer.sign(grant) })).toBeUndefined();
  });

  it('is signed with one key, whoever makes it first', async () => {
    const { dataDir, key } = await start();
    const signers = Array.from({ length: 5 }, () => createArtifactSigner({ dataDir }));
    const grant = { ...key, expires: 1 };
    const signatures = signers.map((signer) => signer.sign(grant));
    expect(new Set(signatures).size).toBe(1);
    expect(signers.every((signer) => signer.verify(grant, signatures[0]!))).toBe(true);
    expect((await stat(join(dataDir, 'signing.key'))).mode & 0o777).toBe(0o600);
    expect((await readdir(dataDir)).filter((name) => name.startsWith('signing.key'))).toEqual([
      'signing.key',
    ]);
  });

  it('is not signed with a damaged key', async () => {
    const { artifacts, dataDir, key } = await start();
    await writeFile(join(dataDir, 'signing.key'), 'half', { mode: 0o600 });
    await expect(artifacts.createDownloadUrl({ ...key, expiresInSeconds: 60 })).rejects.toThrow('is damaged');
  });
});
