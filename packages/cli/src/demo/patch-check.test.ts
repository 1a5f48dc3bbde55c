import { execa } from 'execa';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readConfig } from '../config.js';
import { git } from './git.js';
import { PatchChecker } from './patch-check.js';
import { createShopRepository } from './repository.js';
import { SHOP_TASK } from './tasks.js';

async function shop() {
  const directory = await mkdtemp(join(tmpdir(), 'outpost-cli-test-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const { base } = readConfig({ PATH: process.env['PATH'], HOME: directory });
  const repo = join(directory, 'repo');
  await createShopRepository(repo, base);
  const inRepo = (...args: string[]): Promise<string> => git(args, { cwd: repo, base });
  return { directory, base, repo, inRepo };
}

test('the shop is a clean repository whose tests pass, before and after the task', async () => {
  const { base, repo, inRepo } = await shop();
  expect(await inRepo('status', '--porcelain')).toBe('');
  expect(await inRepo('branch', '--show-current')).toBe('main');
  await execa('node', ['--test'], { cwd: repo, env: base, extendEnv: false });

  const { files = [], commands = [] } = SHOP_TASK.script;
  for (const { path, content } of files) await writeFile(join(repo, path), content);
  for (const command of commands)
    await execa('sh', ['-c', command], { cwd: repo, env: base, extendEnv: false });
  expect((await inRepo('status', '--porcelain')).split('\n')).toEqual([
    ' M README.md',
    '?? src/discount.js',
    '?? test/discount.test.js',
  ]);
  expect(SHOP_TASK.task).toContain(SHOP_TASK.script.marker);
});

test('a patch is tried on its own base, each on a clean one', async () => {
  const { directory, base, repo, inRepo } = await shop();
  const baseCommit = await inRepo('rev-parse', 'HEAD');
  await writeFile(join(repo, 'README.md'), '# Changed\n');
  await writeFile(join(repo, 'new.txt'), 'new\n');
  await inRepo('add', '--all');
  const text = `${await inRepo('diff', '--cached', '--binary')}\n`;
  await inRepo('-c', 'user.name=n', '-c', 'user.email=e@x.invalid', 'commit', '--quiet', '--message=later');

  const checker = new PatchChecker({ url: repo, directory: join(directory, 'check'), base });
  expect(await checker.check({ text, baseCommit })).toEqual({ applies: true });
  expect(await checker.check({ text, baseCommit })).toEqual({ applies: true });
  const onLater = await checker.check({ text, baseCommit: await inRepo('rev-parse', 'HEAD') });
  expect(onLater).toMatchObject({
    applies: false,
    reason: expect.stringContaining('patch does not apply') as string,
  });
  expect(await checker.check({ text: '', baseCommit })).toMatchObject({ applies: false });
  expect(await checker.check({ text: 'no patch', baseCommit })).toMatchObject({ applies: false });
  const ofNothing = new PatchChecker({
    url: join(directory, 'none'),
    directory: join(directory, 'none2'),
    base,
  });
  expect(await ofNothing.check({ text, baseCommit })).toMatchObject({ applies: false });
  expect(await checker.check({ text, baseCommit: '0'.repeat(40) })).toMatchObject({ applies: false });
});
