import { spawnSync } from 'node:child_process';
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { runInChild } from '../testing/child-node.js';
import { createAwsWorkspaceMounts } from './workspace-mounts.js';

const KEY = { tenantId: 'acme', workspaceId: 'w1' };
const OWN_MOUNTS = ['unshare', '--map-root-user', '--mount'];
const canMount = spawnSync(OWN_MOUNTS[0]!, [...OWN_MOUNTS.slice(1), 'true']).status === 0;

async function start() {
  const root = await mkdtemp(join(tmpdir(), 'outpost-mounts-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  return { root, mounts: createAwsWorkspaceMounts({ root }) };
}

it('is a directory of the container by the id of the workspace', async () => {
  const { root, mounts } = await start();
  expect(await mounts.mount(KEY)).toBe(join(root, 'w1'));
});

it('is erased with all that is in it, as often as asked', async () => {
  const { root, mounts } = await start();
  const path = await mounts.mount(KEY);
  await mkdir(join(path, 'locked'));
  await writeFile(join(path, 'locked', 'note'), 'gone', { mode: 0o400 });
  await mounts.erase(KEY);
  await mounts.erase(KEY);
  expect(await readdir(root)).toEqual([]);
});

it('erases a link that took its place, never what that leads to', async () => {
  const { root, mounts } = await start();
  await mkdir(join(root, 'other'));
  await writeFile(join(root, 'other', 'note'), 'kept');
  await symlink(join(root, 'other'), join(root, 'w1'));
  await mounts.erase(KEY);
  expect(await readFile(join(root, 'other', 'note'), 'utf8')).toBe('kept');
  await expect(lstat(join(root, 'w1'))).rejects.toMatchObject({ code: 'ENOENT' });
});

it.skipIf(!canMount)('empties a mount point, which cannot be removed', async () => {
  const { root } = await start();
  await mkdir(join(root, 'w1'));
  const source = `
    import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
    import { createAwsWorkspaceMounts } from ${JSON.stringify(new URL('./workspace-mounts.ts', import.meta.url).href)};
    const [root] = process.argv.slice(1);
    const mounts = createAwsWorkspaceMounts({ root });
    const path = await mounts.mount(${JSON.stringify(KEY)});
    mkdirSync(path + '/repo');
    writeFileSync(path + '/repo/note', 'gone');
    await mounts.erase(${JSON.stringify(KEY)});
    console.log(JSON.stringify(readdirSync(path)));`;
  const mounted = ['sh', '-c', `mount -t tmpfs none '${root}/w1' && exec "$@"`, 'sh'];
  const child = runInChild(source, [root], [...OWN_MOUNTS, ...mounted]);
  expect(JSON.parse(await child.output)).toEqual([]);
});

it.each([
  ['tenantId', '../globex'],
  ['workspaceId', '../../etc'],
])('never leads elsewhere: %s %s', async (field, bad) => {
  const { mounts } = await start();
  const wrong = { ...KEY, [field]: bad };
  await expect(mounts.mount(wrong)).rejects.toMatchObject({ code: 'VALIDATION_ERROR' });
  await expect(mounts.erase(wrong)).rejects.toMatchObject({ code: 'VALIDATION_ERROR' });
});
