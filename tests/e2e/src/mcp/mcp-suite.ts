import type {
  ArtifactList,
  Dispatch,
  DispatchPage,
  Fleet,
  Health,
  Promoted,
  WorkspacePage,
} from '@outpost/contracts';
import { applyPatch, git, makeRepository, shellTask, type Outpost } from '@outpost/test-support';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { textOf, type McpCaller, type Progress } from './mcp-client.js';

const ABSENT = '01K4ZJ8W2T6V0Q9S3R5X7Y1B2C';
const WRITE = shellTask('echo hello > greeting.txt; echo wrote it');

export const TOOLS = [
  'outpost_cancel',
  'outpost_delete_workspace',
  'outpost_dispatch',
  'outpost_fleet',
  'outpost_get_artifacts',
  'outpost_health',
  'outpost_list_runs',
  'outpost_list_workspaces',
  'outpost_promote',
  'outpost_status',
];

/** The same on every transport. The fake agent is in place of claude. */
export function mcpSuite(params: {
  readonly name: string;
  readonly outpost: () => Outpost;
  readonly connect: (outpost: Outpost) => Promise<McpCaller>;
}): void {
  describe(`MCP ${params.name}`, () => {
    let outpost: Outpost;
    let repo: string;
    let mcp: McpCaller;

    beforeAll(async () => {
      outpost = params.outpost();
      repo = await makeRepository();
      mcp = await params.connect(outpost);
    });
    afterAll(() => mcp.client.close());

    it('lists the tools, with what they take, answer and may do', async () => {
      const { tools } = await mcp.client.listTools();
      expect(tools.map(({ name }) => name).toSorted()).toEqual(TOOLS);
      for (const { inputSchema, outputSchema, annotations, description } of tools) {
        expect(inputSchema).toMatchObject({ type: 'object', additionalProperties: false });
        expect(outputSchema).toMatchObject({ type: 'object' });
        expect(annotations!.readOnlyHint).toBeTypeOf('boolean');
        expect(description).not.toBe('');
      }
      const changing = tools.filter(({ annotations }) => annotations!.readOnlyHint === false);
      expect(changing.map(({ name }) => name)).toEqual([
        'outpost_dispatch',
        'outpost_cancel',
        'outpost_promote',
        'outpost_delete_workspace',
      ]);
    });

    it('dispatches, waits with progress, and gives the patch, the log and the artifacts', async () => {
      const progress: Progress[] = [];
      const input = { agent: 'claude', task: WRITE, repo, waitSeconds: 50 };
      const ended = await mcp.call<Dispatch>('outpost_dispatch', input, (each) => progress.push(each));
      expect(ended, JSON.stringify(ended.failure)).toMatchObject({
        status: 'COMPLETED',
        changes: { filesChanged: 1 },
      });
      expect(progress.length).toBeGreaterThan(0);
      expect(progress.every(({ total, message }) => total === 50 && message !== '')).toBe(true);
      expect(progress.map((each) => each.progress)).toEqual(
        progress.map((each) => each.progress).toSorted((a, b) => a - b),
      );

      const uri = `outpost://dispatch/${ended.dispatchId}`;
      const patch = await mcp.read(`${uri}/patch`);
      const clone = await applyPatch(repo, ended.changes!.baseCommit, Buffer.from(patch));
      expect(await readFile(join(clone, 'greeting.txt'), 'utf8')).toBe('hello\n');
      expect(await mcp.read(`${uri}/log`)).toContain('wrote it');

      const branch = `feature/${ended.dispatchId}`;
      const promotion = { dispatchId: ended.dispatchId, branch };
      const promoted = await mcp.call<Promoted>('outpost_promote', promotion);
      expect(promoted.commit).toBe(await git(repo, 'rev-parse', branch));

      const { artifacts, expiresIn } = await mcp.call<ArtifactList>('outpost_get_artifacts', {
        dispatchId: ended.dispatchId,
        expiresIn: 60,
      });
      expect(expiresIn).toBe(60);
      const url = artifacts.find(({ name }) => name === 'changes.patch')!.url;
      expect(await (await fetch(url)).text()).toBe(patch);

      const status = await mcp.call<Dispatch>('outpost_status', { dispatchId: ended.dispatchId, logs: 5 });
      expect(status.logs!.length).toBeGreaterThan(0);
      expect(status.completedAt).toBe(ended.completedAt);
    });

    it('waits no longer than it is told, and cancels', async () => {
      const task = shellTask('echo begun; sleep 600');
      const { dispatchId } = await mcp.call<Dispatch>('outpost_dispatch', { agent: 'claude', task });
      const waited = await mcp.call<Dispatch>('outpost_status', { dispatchId, waitSeconds: 1 });
      expect(waited.completedAt).toBeUndefined();
      await mcp.call<Dispatch>('outpost_cancel', { dispatchId });
      const ended = await mcp.call<Dispatch>('outpost_status', { dispatchId, waitSeconds: 50 });
      expect(ended.status).toBe('CANCELLED');
    });

    it('repeats a dispatch with the same key as the first', async () => {
      const input = { agent: 'claude', task: shellTask('true'), idempotencyKey: `once-${params.name}` };
      const first = await mcp.call<Dispatch>('outpost_dispatch', input);
      const second = await mcp.call<Dispatch>('outpost_dispatch', input);
      expect(second.dispatchId).toBe(first.dispatchId);
    });

    it('lists runs in short, filtered and in pages', async () => {
      const task = `${'A long task. '.repeat(100)}${shellTask('true')}`;
      await mcp.call<Dispatch>('outpost_dispatch', { agent: 'claude', task, userId: 'lister' });
      const all = { agent: 'claude', userId: 'lister' };
      const { runs } = await mcp.call<DispatchPage>('outpost_list_runs', all);
      expect(runs.map((run) => run.task)).toEqual([`${task.slice(0, 200)}…`]);
      const page = await mcp.call<DispatchPage>('outpost_list_runs', { limit: 1 });
      expect(page.runs).toHaveLength(1);
      const next = await mcp.call<DispatchPage>('outpost_list_runs', { limit: 1, cursor: page.nextCursor });
      expect(next.runs[0]!.dispatchId).not.toBe(page.runs[0]!.dispatchId);
    });

    it('lists workspaces and deletes one', async () => {
      const input = {
        agent: 'claude',
        task: shellTask('true'),
        workspaceMode: 'persistent',
        waitSeconds: 50,
      };
      const { workspaceId } = await mcp.call<Dispatch>('outpost_dispatch', input);
      const listed = async () => mcp.call<WorkspacePage>('outpost_list_workspaces', { limit: 1 });
      expect((await listed()).workspaces[0]).toMatchObject({ workspaceId, inUse: false });
      expect(await mcp.call('outpost_delete_workspace', { workspaceId })).toMatchObject({ workspaceId });
      expect((await listed()).workspaces.map((each) => each.workspaceId)).not.toContain(workspaceId);
      const absent = await mcp.answer('outpost_delete_workspace', { workspaceId: randomUUID() });
      expect(textOf(absent)).toMatch(/^NOT_FOUND/);
    });

    it('says which agents there are, and that it serves', async () => {
      const { agents } = await mcp.call<Fleet>('outpost_fleet');
      expect(agents.find(({ agent }) => agent === 'claude')).toMatchObject({ available: true });
      expect(await mcp.call<Health>('outpost_health')).toMatchObject({ status: 'ok' });
    });

    it.each([
      ['outpost_dispatch', { agent: 'clippy', task: WRITE }, 'agent'],
      ['outpost_dispatch', { agent: 'claude', task: 'short' }, 'at least 10 characters'],
      ['outpost_dispatch', { agent: 'claude', task: WRITE, colour: 'red' }, 'colour'],
      ['outpost_dispatch', { agent: 'claude', task: WRITE, branch: 'main' }, 'branch needs a repo'],
      ['outpost_status', { dispatchId: 'nonsense' }, 'must be a dispatch id'],
      ['outpost_status', { dispatchId: ABSENT }, 'NOT_FOUND'],
      ['outpost_cancel', { dispatchId: ABSENT }, 'NOT_FOUND'],
      ['outpost_get_artifacts', { dispatchId: ABSENT }, 'NOT_FOUND'],
      ['outpost_promote', { dispatchId: ABSENT }, 'NOT_FOUND'],
      ['outpost_promote', { dispatchId: ABSENT, branch: 'no branch' }, 'must be a git branch name'],
      ['outpost_list_runs', { status: 'ASLEEP' }, 'status'],
    ])('%s says what is wrong with %j', async (tool, input, message) => {
      const answer = await mcp.answer(tool, input);
      expect(answer.isError).toBe(true);
      expect(textOf(answer)).toContain(message);
    });

    it.each(['log', 'patch'])('has no %s of what is not there', async (name) => {
      await expect(mcp.read(`outpost://dispatch/${ABSENT}/${name}`)).rejects.toThrow('NOT_FOUND');
      await expect(mcp.read(`outpost://dispatch/nonsense/${name}`)).rejects.toThrow('dispatch id');
    });
  });
}
