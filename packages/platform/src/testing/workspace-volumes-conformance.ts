import { randomUUID } from 'node:crypto';
import { chmod, mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { describe, expect } from 'vitest';
import type { WorkspaceMounts, WorkspaceVolumes } from '../ports/index.js';
import { subjectOf, type Harness } from './harness.js';
import { itExcept, type LeftOut } from './left-out.js';

export interface WorkspaceVolumesSubject {
  /** Of a worker that may mount any workspace of these volumes. */
  readonly mounts: WorkspaceMounts;
  readonly volumes: WorkspaceVolumes;
}

/** What all workspace volumes must do. */
export function describeWorkspaceVolumesConformance(
  name: string,
  harness: Harness<WorkspaceVolumesSubject>,
  leftOut?: LeftOut,
): void {
  const it = itExcept(leftOut);
  const start = async () => {
    const { mounts, volumes } = await subjectOf(harness);
    return { mounts, volumes, key: { tenantId: 'acme', workspaceId: randomUUID() } };
  };

  describe(`WorkspaceVolumes: ${name}`, () => {
    it('mounts a private directory, the same one each time', async () => {
      const { mounts, key } = await start();
      const path = await mounts.mount(key);
      expect(isAbsolute(path)).toBe(true);
      expect((await stat(path)).mode & 0o777).toBe(0o700);
      await writeFile(join(path, 'note'), 'kept');
      await chmod(path, 0o755);
      expect(await mounts.mount(key)).toBe(path);
      expect((await stat(path)).mode & 0o777).toBe(0o700);
      expect(await readFile(join(path, 'note'), 'utf8')).toBe('kept');
    });

    it('gives each tenant and workspace its own', async () => {
      const { mounts, volumes, key } = await start();
      const keys = [key, { ...key, tenantId: 'globex' }, { ...key, workspaceId: randomUUID() }];
      const paths = await Promise.all(keys.map((each) => mounts.mount(each)));
      expect(new Set(paths).size).toBe(3);
      const listed = await volumes.list();
      expect(listed).toHaveLength(3);
      expect(listed).toEqual(expect.arrayContaining(keys));
    });

    it('removes a workspace with its data, as often as asked', async () => {
      const { mounts, volumes, key } = await start();
      const path = await mounts.mount(key);
      await writeFile(join(path, 'note'), 'gone');
      await volumes.remove(key);
      await volumes.remove(key);
      await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' });
      expect(await volumes.list()).toEqual([]);
    });

    it('removes what an agent made hard to remove', async () => {
      const { mounts, volumes, key } = await start();
      const path = await mounts.mount(key);
      await mkdir(join(path, 'a', 'b', 'c'), { recursive: true });
      await writeFile(join(path, 'a', 'b', 'file'), 'x', { mode: 0o400 });
      await chmod(join(path, 'a', 'b', 'c'), 0o000);
      await chmod(join(path, 'a', 'b'), 0o500);
      await chmod(join(path, 'a'), 0o000);
      await chmod(path, 0o500);
      await volumes.remove(key);
      expect(await volumes.list()).toEqual([]);
    });

    it('removes links, never what they lead to', async () => {
      const { mounts, volumes, key } = await start();
      const otherKey = { ...key, workspaceId: randomUUID() };
      const other = await mounts.mount(otherKey);
      await writeFile(join(other, 'note'), 'kept');
      await chmod(other, 0o500);
      const path = await mounts.mount(key);
      await symlink(other, join(path, 'link'));
      await mkdir(join(path, 'locked'));
      await symlink(other, join(path, 'locked', 'link'));
      await chmod(join(path, 'locked'), 0o500);
      await volumes.remove(key);
      expect(await readFile(join(other, 'note'), 'utf8')).toBe('kept');
      expect((await stat(other)).mode & 0o777).toBe(0o500);
      await volumes.remove(otherKey);
      expect(await volumes.list()).toEqual([]);
    });

    it.each(['..', '.', '', 'a/b', '../acme', 'a\0b', '/etc', '..%2f', 'x..y'])(
      'rejects %j as a name',
      async (bad) => {
        const { mounts, volumes, key } = await start();
        for (const wrong of [
          { ...key, tenantId: bad },
          { ...key, workspaceId: bad },
        ]) {
          await expect(mounts.mount(wrong)).rejects.toMatchObject({ code: 'VALIDATION_ERROR' });
          await expect(volumes.remove(wrong)).rejects.toMatchObject({ code: 'VALIDATION_ERROR' });
        }
      },
    );
  });
}
