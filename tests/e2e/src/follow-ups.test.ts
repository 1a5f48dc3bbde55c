import type { Dispatch } from '@outpost/contracts';
import {
  applyPatch,
  fakeAgentEnv,
  git,
  makeRepository,
  shellTask,
  SITES,
  until,
  type Outpost,
  type Site,
} from '@outpost/test-support';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const FILES = {
  'keep.txt': 'keep\n',
  'gone.txt': 'gone\n',
  'run.sh': '#!/bin/sh\necho hi\n',
  'picture.bin': Buffer.from([0, 1, 2, 3, 255, 254, 0, 9]),
  '.gitignore': '*.ignored\n',
  '.gitattributes': '*.crlf text eol=crlf\n',
  'windows.crlf': 'one\ntwo\n',
};
const EVERY_KIND_OF_CHANGE = `set -e
rm gone.txt
chmod +x run.sh
printf '\\000\\377\\000binary' > picture.bin
printf 'one\\r\\nthree\\r\\n' > windows.crlf
mkdir deep; echo deep > 'deep/a file.txt'
ln -s keep.txt link
echo kept > kept.ignored; git add --force kept.ignored`;

describe.each(SITES)('a follow-up on $name', ({ open }) => {
  let site: Site;
  let outpost: Outpost;

  beforeAll(async () => {
    site = await open();
    outpost = await site.start({ env: await fakeAgentEnv(site.directory) });
  });
  afterAll(async () => {
    await outpost.stop();
    await site.close();
  });

  async function run(script: string, more: Record<string, unknown> = {}): Promise<Dispatch> {
    const { dispatchId } = await outpost.dispatch({ agent: 'claude', task: shellTask(script), ...more });
    return outpost.ended(dispatchId);
  }

  const patchOf = ({ dispatchId }: Dispatch): Promise<Buffer> =>
    outpost.artifactBytes(dispatchId, 'changes.patch');

  it('goes on from every kind of change, though the branch was rewritten: its patch holds all', async () => {
    const repo = await makeRepository(FILES);
    const parent = await run(EVERY_KIND_OF_CHANGE, { repo: await site.repositoryUrl(repo) });
    // So that no clone of the branch brings the base: it has to be asked for.
    await git(repo, 'checkout', '--quiet', '--orphan', 'rewritten');
    await git(repo, 'commit', '--quiet', '-m', 'Another history');
    await git(repo, 'branch', '--force', '--move', 'main');
    const child = await run(
      `set -e
      test ! -e gone.txt; test -x run.sh; test "$(readlink link)" = keep.txt; test -e kept.ignored
      test -z "$(git status --porcelain)"
      cp "$TMPDIR/prompt.md" prompt.txt
      echo more >> 'deep/a file.txt'; echo test > deep/test.txt`,
      { parentDispatchId: parent.dispatchId },
    );
    expect(child, JSON.stringify(child.failure)).toMatchObject({
      status: 'COMPLETED',
      parentDispatchId: parent.dispatchId,
      repo: parent.repo,
      branch: 'main',
      changes: { baseCommit: parent.changes!.baseCommit, filesChanged: 9 },
    });
    const clone = await applyPatch(repo, child.changes!.baseCommit, await patchOf(child));
    const read = (name: string): string => readFileSync(join(clone, name), 'utf8');
    expect(read('deep/a file.txt')).toBe('deep\nmore\n');
    expect(read('windows.crlf')).toBe('one\r\nthree\r\n');
    expect(existsSync(join(clone, 'gone.txt'))).toBe(false);
    expect(statSync(join(clone, 'run.sh')).mode & 0o111).not.toBe(0);
    expect(readFileSync(join(clone, 'picture.bin')).includes('binary')).toBe(true);
    expect(read('kept.ignored')).toBe('kept\n');
    const prompt = read('prompt.txt');
    expect(prompt).toContain(`<previous-dispatch id="${parent.dispatchId}">`);
    expect(prompt).toContain('chmod +x run.sh');
    expect(prompt).toContain('<last-message>\nDone.\n</last-message>');
    const context = JSON.parse(await outpost.artifact(child.dispatchId, 'context.json')) as object;
    expect(context).toMatchObject({
      baseCommit: parent.changes!.baseCommit,
      previous: { dispatchId: parent.dispatchId, status: 'COMPLETED' },
    });
    const bundle = await outpost.artifactBytes(child.dispatchId, 'repo.bundle');
    expect(bundle.includes(`-${child.changes!.baseCommit}`)).toBe(true);
  });

  it('may be followed up itself, and retried', async () => {
    const repo = await site.repositoryUrl(await makeRepository());
    const first = await run('echo one > one.txt', { repo });
    const second = await run('rm one.txt; echo two > two.txt', { parentDispatchId: first.dispatchId });
    const third = await run('ls; echo three > three.txt; exit 7', { parentDispatchId: second.dispatchId });
    expect(third).toMatchObject({ status: 'FAILED', changes: { filesChanged: 2 } });
    const { body } = await outpost.call<Dispatch>('POST', `/dispatch/${third.dispatchId}/retry`);
    expect(body).toMatchObject({ parentDispatchId: second.dispatchId });
    const again = await outpost.ended(body.dispatchId);
    expect(again.changes).toEqual(third.changes);
    expect((await patchOf(again)).toString()).not.toContain('one.txt');
  });

  it('goes on from a parent that changed nothing', async () => {
    const repo = await site.repositoryUrl(await makeRepository());
    const { dispatchId: parentDispatchId } = await run('true', { repo });
    const child = await run('echo a > a.txt', { parentDispatchId });
    expect(child).toMatchObject({ status: 'COMPLETED', changes: { filesChanged: 1 } });
  });

  it('goes on from a parent without a repository', async () => {
    const { dispatchId: parentDispatchId } = await run('echo a > a.txt');
    const child = await run('cat a.txt > b.txt', { parentDispatchId });
    expect(child).toMatchObject({ status: 'COMPLETED', changes: { filesChanged: 2 } });
  });

  it('goes on from what a parent did before it failed', async () => {
    const repo = await site.repositoryUrl(await makeRepository());
    const { dispatchId: parentDispatchId } = await run('echo half > half.txt; exit 3', { repo });
    const child = await run('cat half.txt > whole.txt', { parentDispatchId });
    expect(child).toMatchObject({ status: 'COMPLETED', changes: { filesChanged: 2 } });
  });

  it('goes on from what a parent did before it was cancelled', async () => {
    const repo = await site.repositoryUrl(await makeRepository());
    const running = await outpost.dispatch({
      agent: 'claude',
      task: shellTask('echo half > half.txt; sleep 600'),
      repo,
    });
    await until(async () => existsSync(join(site.workspaceOf(running), 'repo', 'half.txt')) || undefined);
    await outpost.call('DELETE', `/dispatch/${running.dispatchId}`);
    const cancelled = await outpost.ended(running.dispatchId);
    expect(cancelled.status).toBe('CANCELLED');
    // What it has done may be stored a little after its end.
    await until(() => patchOf(cancelled).catch(() => undefined));
    const child = await run('cat half.txt > whole.txt', { parentDispatchId: cancelled.dispatchId });
    expect(child).toMatchObject({ status: 'COMPLETED', changes: { filesChanged: 2 } });
  });

  it('starts a workspace that is kept', async () => {
    const repo = await site.repositoryUrl(await makeRepository());
    const first = await run('echo one > one.txt', { repo });
    const { workspaceId } = await run('echo two > two.txt', {
      parentDispatchId: first.dispatchId,
      workspaceMode: 'persistent',
    });
    const next = await run('cat one.txt two.txt > three.txt', { workspaceId });
    expect(next).toMatchObject({ status: 'COMPLETED', changes: { filesChanged: 3 } });
  });

  it('is refused with what it cannot go on from', async () => {
    const repo = await site.repositoryUrl(await makeRepository());
    const parent = await run('true', { repo });
    const post = (fields: object, key?: string) =>
      outpost.call('POST', '/dispatch', {
        json: { agent: 'claude', task: shellTask('true'), parentDispatchId: parent.dispatchId, ...fields },
        ...(key !== undefined && { key }),
      });
    const foreign = await site.tenantKey('another');
    expect(await post({}, foreign)).toMatchObject({ status: 404, body: { error: { code: 'NOT_FOUND' } } });
    const { workspaceId } = parent;
    expect(await post({ workspaceId })).toMatchObject({
      status: 400,
      body: { error: { details: [{ path: 'body.workspaceId' }] } },
    });
    expect(await post({ branch: 'other' })).toMatchObject({
      status: 400,
      body: { error: { details: [{ path: 'body.branch' }] } },
    });
  });
});
