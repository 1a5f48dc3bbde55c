import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished } from 'vitest';
import type { WorkspaceArchiveRemoval, WorkspaceArchives } from '../ports/index.js';
import { subjectOf, type Harness } from './harness.js';
import { itExcept, type LeftOut } from './left-out.js';

/** What every store of workspace archives must do. */
export function describeWorkspaceArchivesConformance(
  name: string,
  harness: Harness<{ readonly archives: WorkspaceArchives & WorkspaceArchiveRemoval }>,
  leftOut?: LeftOut,
): void {
  const it = itExcept(leftOut);
  const start = async () => {
    const { archives } = await subjectOf(harness);
    const directory = await mkdtemp(join(tmpdir(), 'outpost-archives-'));
    onTestFinished(() => rm(directory, { recursive: true }));
    let count = 0;
    const key = { tenantId: 'acme', workspaceId: randomUUID() };
    const put = async (
      of: { tenantId: string; workspaceId: string; generation: number },
      content: string | Buffer,
    ) => {
      const file = join(directory, `in-${(count += 1)}`);
      await writeFile(file, content);
      return archives.put({ ...of, file });
    };
    const get = async (of: { tenantId: string; workspaceId: string; generation: number }) => {
      const file = join(directory, `out-${(count += 1)}`);
      if (!(await archives.fetch({ ...of, file }))) return undefined;
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      return readFile(file);
    };
    return { archives, directory, key, put, get };
  };

  describe(`WorkspaceArchives: ${name}`, () => {
    it('gives back what was stored, byte for byte, also what is large', async () => {
      const { key, put, get } = await start();
      const large = randomBytes(9 * 1024 ** 2);
      expect(await put({ ...key, generation: 1 }, large)).toBe(large.length);
      expect(await put({ ...key, generation: 2 }, 'small')).toBe(5);
      expect((await get({ ...key, generation: 1 }))?.equals(large)).toBe(true);
      expect((await get({ ...key, generation: 2 }))?.toString()).toBe('small');
    });

    it('has none of another generation, workspace or tenant', async () => {
      const { key, put, get } = await start();
      await put({ ...key, generation: 1 }, 'ours');
      for (const other of [
        { ...key, generation: 2 },
        { ...key, generation: 1, tenantId: 'globex' },
        { ...key, generation: 1, workspaceId: randomUUID() },
      ])
        expect(await get(other)).toBeUndefined();
    });

    it('stores nothing that is given up', async () => {
      const { archives, directory, key, get } = await start();
      const file = join(directory, 'large');
      await writeFile(file, randomBytes(9 * 1024 ** 2));
      const signal = AbortSignal.abort(new Error('stop'));
      await expect(archives.put({ ...key, generation: 1, file, signal })).rejects.toThrow();
      expect(await get({ ...key, generation: 1 })).toBeUndefined();
    });

    it('deletes all of a workspace, and nothing else, as often as it is told', async () => {
      const { archives, key, put, get } = await start();
      const other = { ...key, workspaceId: randomUUID(), generation: 1 };
      for (const each of [{ ...key, generation: 1 }, { ...key, generation: 12 }, other]) await put(each, 'x');
      await archives.remove(key);
      await archives.remove(key);
      for (const generation of [1, 12]) expect(await get({ ...key, generation })).toBeUndefined();
      expect((await get(other))?.toString()).toBe('x');
    });

    it('deletes those of earlier generations, but for one', async () => {
      const { archives, key, put, get } = await start();
      for (const generation of [1, 2, 9, 10, 11]) await put({ ...key, generation }, String(generation));
      await archives.remove({ ...key, before: 10, except: 2 });
      const left = await Promise.all([1, 2, 9, 10, 11].map((generation) => get({ ...key, generation })));
      expect(left.map((each) => each?.toString())).toEqual([undefined, '2', undefined, '10', '11']);
    });

    it.each(['..', 'a/b', ''])('rejects %j as a name', async (bad) => {
      const { archives, directory, key } = await start();
      const file = join(directory, 'file');
      await writeFile(file, 'x');
      for (const wrong of [
        { ...key, tenantId: bad },
        { ...key, workspaceId: bad },
      ]) {
        const attempts = [
          async () => archives.put({ ...wrong, generation: 1, file }),
          async () => archives.fetch({ ...wrong, generation: 1, file: `${file}.out` }),
          async () => archives.remove(wrong),
        ];
        for (const attempt of attempts)
          await expect(attempt()).rejects.toMatchObject({ code: 'VALIDATION_ERROR' });
      }
    });
  });
}
