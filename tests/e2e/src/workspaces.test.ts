import type { Dispatch, ErrorBody, Workspace, WorkspacePage } from '@outpost/contracts';
import {
  makeFakeAgent,
  makeRepository,
  shellTask,
  SITES,
  until,
  type Outpost,
  type Site,
} from '@outpost/test-support';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ABSENT = '00000000-0000-4000-8000-000000000001';

describe.each(SITES)('persistent workspaces on $name', ({ open }) => {
  let site: Site;
  let outpost: Outpost;
  let repo: string;
  beforeAll(async () => {
    site = await open();
    // It says that it is done in words of claude's: codex is told apart by what it does not say, and fails at the end.
    const fake = await makeFakeAgent(site.directory);
    outpost = await site.start({
      env: {
        OUTPOST_AGENT_COMMAND_CLAUDE: fake,
        OUTPOST_AGENT_COMMAND_CODEX: fake,
        OUTPOST_WORKSPACE_QUOTA_MB: '40',
      },
    });
    repo = await site.repositoryUrl(await makeRepository());
  });
  afterAll(async () => {
    await outpost.stop();
    await site.close();
  });

  const dispatch = (script: string, more: Record<string, unknown> = {}): Promise<Dispatch> =>
    outpost.dispatch({ agent: 'claude', task: shellTask(script), ...more });
  const run = async (script: string, more: Record<string, unknown> = {}): Promise<Dispatch> =>
    outpost.ended((await dispatch(script, more)).dispatchId);
  const workspaceOf = async (workspaceId: string): Promise<Workspace> => {
    const { status, body } = await outpost.call<Workspace>('GET', `/workspaces/${workspaceId}`);
    expect(status, JSON.stringify(body)).toBe(200);
    return body;
  };
  /** Where it lies when no worker has it. */
  const volumeOf = (workspaceId: string): string =>
    join(site.directory, site.name === 'local' ? 'workspaces' : 'efs', 'default', workspaceId);
  const remove = (workspaceId: string) =>
    outpost.call<ErrorBody & { deletedAt: string }>('DELETE', `/workspaces/${workspaceId}`);
  /** A script that waits until the gate is opened. */
  const gated = (name: string): { script: string; open: () => Promise<void>; began: () => Promise<true> } => {
    const file = join(site.directory, name);
    return {
      script: `touch ${file}.began; until test -e ${file}; do sleep 0.05; done`,
      open: () => writeFile(file, ''),
      began: () => until(async () => existsSync(`${file}.began`) || undefined),
    };
  };

  it('are continued by another agent, with what the first has not committed', async () => {
    const first = await run(
      'echo changed >> README.md; git add README.md; echo new > untracked.txt; echo later >> untracked.txt',
      { repo, workspaceMode: 'persistent' },
    );
    expect(first.status, JSON.stringify(first.failure)).toBe('COMPLETED');
    const { workspaceId } = first;
    const script = 'cat untracked.txt; git status --short; echo by-codex > second.txt';
    const second = await run(script, { agent: 'codex', workspaceId });
    const output = await outpost.artifact(second.dispatchId, 'output.log');
    expect(output).toContain('later');
    expect(output).toMatch(/M {2}README\.md/);
    expect(output).toContain('?? untracked.txt');
    const third = await run('cat second.txt untracked.txt', { workspaceId });
    expect(third.status).toBe('COMPLETED');
    const patch = await outpost.artifact(third.dispatchId, 'changes.patch');
    for (const line of ['+changed', '+later', '+by-codex']) expect(patch).toContain(line);
    expect(await workspaceOf(workspaceId)).toMatchObject({
      repo,
      branch: 'main',
      inUse: false,
      waiting: 0,
      lastDispatch: { dispatchId: third.dispatchId, agent: 'claude', status: 'COMPLETED' },
    });
  });

  it('tell their size, and are listed with the newest use first', async () => {
    const older = await run('head -c 9000000 /dev/zero > data', { workspaceMode: 'persistent' });
    const newer = await run('true', { workspaceMode: 'persistent' });
    const { usage, quotaBytes } = await workspaceOf(older.workspaceId);
    expect(usage?.sizeBytes).toBeGreaterThan(9_000_000);
    expect(usage?.files).toBeGreaterThan(10);
    expect(quotaBytes).toBe(40 * 1024 ** 2);
    const page = (await outpost.call<WorkspacePage>('GET', '/workspaces?limit=2')).body;
    expect(page.workspaces.map(({ workspaceId }) => workspaceId)).toEqual([
      newer.workspaceId,
      older.workspaceId,
    ]);
    expect(page.workspaces[1]).toEqual(await workspaceOf(older.workspaceId));
    await run('rm data', { workspaceId: older.workspaceId });
    expect((await workspaceOf(older.workspaceId)).usage?.sizeBytes).toBeLessThan(9_000_000);
    const again = (await outpost.call<WorkspacePage>('GET', '/workspaces?limit=1')).body;
    expect(again.workspaces[0]?.workspaceId).toBe(older.workspaceId);
    const next = await outpost.call<WorkspacePage>(
      'GET',
      `/workspaces?limit=1&cursor=${encodeURIComponent(again.nextCursor!)}`,
    );
    expect(next.body.workspaces[0]?.workspaceId).toBe(newer.workspaceId);
  });

  it('are had by one dispatch at a time: the next waits, and then finds what the first has done', async () => {
    const gate = gated('race');
    const first = await dispatch(`${gate.script}; echo one > one.txt`, { workspaceMode: 'persistent' });
    const { workspaceId } = first;
    const second = await dispatch('cat one.txt', { workspaceId });
    expect(second.status).toBe('QUEUED');
    await gate.began();
    expect(await workspaceOf(workspaceId)).toMatchObject({
      inUse: true,
      heldBy: first.dispatchId,
      waiting: 1,
      lastDispatch: { dispatchId: second.dispatchId, status: 'QUEUED' },
    });
    const refused = await remove(workspaceId);
    expect(refused.status).toBe(409);
    expect(refused.body.error.message).toContain(first.dispatchId);
    await gate.open();
    expect((await outpost.ended(second.dispatchId)).status).toBe('COMPLETED');
  });

  it('are deleted with their data; a dispatch to one that is gone finds none', async () => {
    const first = await run('echo data > data', { workspaceMode: 'persistent' });
    const { workspaceId } = first;
    const { status, body } = await remove(workspaceId);
    expect(status).toBe(200);
    expect((await remove(workspaceId)).body).toEqual(body);
    expect((await outpost.call('GET', `/workspaces/${workspaceId}`)).status).toBe(404);
    const json = { agent: 'claude', task: shellTask('true'), workspaceId };
    expect((await outpost.call('POST', '/dispatch', { json })).status).toBe(404);
    await until(async () => !existsSync(volumeOf(workspaceId)) || undefined);
  });

  it('are deleted or dispatched to, whichever comes first, and nothing between', async () => {
    const first = await run('echo kept > kept.txt', { workspaceMode: 'persistent' });
    const { workspaceId } = first;
    const json = { agent: 'claude', task: shellTask('cat kept.txt'), workspaceId };
    const [made, removed] = await Promise.all([
      outpost.call<Dispatch>('POST', '/dispatch', { json }),
      remove(workspaceId),
    ]);
    expect([
      [202, 409],
      [404, 200],
    ]).toContainEqual([made.status, removed.status]);
    if (made.status === 202) expect((await outpost.ended(made.body.dispatchId)).status).toBe('COMPLETED');
  });

  it('stop an agent that fills them, and take no other until there is room', async () => {
    const fill =
      'echo kept > kept.txt; i=0; while :; do head -c 1000000 /dev/zero > "big-$i"; i=$((i+1)); done';
    const full = await run(fill, { workspaceMode: 'persistent' });
    expect(full).toMatchObject({
      status: 'FAILED',
      failure: {
        class: 'workspace_full',
        retryable: false,
        message: expect.stringContaining('may take 40 MB'),
      },
    });
    expect(await outpost.artifact(full.dispatchId, 'changes.patch')).toContain('+kept');
    const { workspaceId } = full;
    const json = { agent: 'claude', task: shellTask('true'), workspaceId };
    const refused = await outpost.call<ErrorBody>('POST', '/dispatch', { json });
    expect(refused.status).toBe(409);
    expect(refused.body.error.message).toMatch(/is full: it holds \d+ MB, and may hold 40 MB/);
    expect((await remove(workspaceId)).status).toBe(200);
  });

  it('have the quota of their tenant', async () => {
    await outpost.call('POST', '/tenants', { json: { tenantId: 'small', workspaceQuotaMb: 5 } });
    const small = outpost.as(await site.tenantKey('small', ['dispatch', 'status', 'list']));
    const task = shellTask('head -c 9000000 /dev/zero > big; sleep 60');
    const { dispatchId } = await small.dispatch({ agent: 'claude', task });
    const ended = await small.ended(dispatchId);
    expect(ended.failure?.message).toContain('may take 5 MB');
    expect(ended.workspaceLimits?.megabytes).toBe(5);
  });

  it('are packed where it is asked for, and restored for the next dispatch, of whichever agent', async () => {
    const first = await run('echo kept > kept.txt', {
      workspaceMode: 'persistent',
      archiveWorkspace: true,
      repo,
    });
    const { workspaceId } = first;
    const { archive } = await workspaceOf(workspaceId);
    expect(archive?.sizeBytes).toBeGreaterThan(100);
    expect(existsSync(join(volumeOf(workspaceId), 'repo'))).toBe(false);
    const second = await run('cat kept.txt; git log --oneline', { workspaceId, agent: 'codex' });
    const output = await outpost.artifact(second.dispatchId, 'output.log');
    expect(output).toContain('Restored the workspace');
    expect(output).toContain('kept');
    expect(await outpost.artifact(second.dispatchId, 'changes.patch')).toContain('+kept');
    expect((await workspaceOf(workspaceId)).archive).toBeUndefined();
    const json = { agent: 'claude', task: shellTask('true'), archiveWorkspace: true };
    expect((await outpost.call('POST', '/dispatch', { json })).status).toBe(400);
  });

  it('are not there for another tenant', async () => {
    const first = await run('true', { workspaceMode: 'persistent' });
    const other = outpost.as(await site.tenantKey('globex', ['dispatch', 'status', 'list']));
    for (const method of ['GET', 'DELETE']) {
      const [foreign, absent] = await Promise.all(
        [first.workspaceId, ABSENT].map((id) => other.call<ErrorBody>(method, `/workspaces/${id}`)),
      );
      expect(foreign!.status).toBe(404);
      expect(foreign!.body.error.message.replace(first.workspaceId, ABSENT)).toBe(absent!.body.error.message);
    }
    expect((await other.call<WorkspacePage>('GET', '/workspaces')).body).toEqual({ workspaces: [] });
    expect((await workspaceOf(first.workspaceId)).lastDispatch?.status).toBe('COMPLETED');
  });
});
