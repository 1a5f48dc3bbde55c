import type { Dispatch } from '@outpost/contracts';
import { startScriptedModel, type ScriptedModel } from '@outpost/scripted-model';
import {
  agentProcesses,
  applyPatch,
  isInstalled,
  makeRepository,
  type Outpost,
  scriptedProviders,
  type Site,
  SITES,
  until,
} from '@outpost/test-support';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const CLIS = ['claude', 'codex', 'gemini', 'grok'] as const;
const installed = CLIS.filter(isInstalled);
for (const agent of CLIS.filter((each) => !installed.includes(each))) {
  console.warn(`SKIPPED: the ${agent} CLI is not installed. Run: npm run outpost -- agents install ${agent}`);
}

describe.each(SITES)('on $name', ({ open }) => {
  let model: ScriptedModel;
  let site: Site;
  let outpost: Outpost;
  let repo: string;

  beforeAll(async () => {
    model = await startScriptedModel();
    repo = await makeRepository();
    site = await open();
    outpost = await site.start({ env: scriptedProviders((agent) => model.baseUrlFor(agent)) });
  });
  afterAll(async () => {
    await outpost.stop();
    await site.close();
    await model.stop();
  });

  /** All installed CLIs at once, each with the same task. */
  async function dispatchAll(task: string, fields: object = {}): Promise<Dispatch[]> {
    const url = await site.repositoryUrl(repo);
    return Promise.all(installed.map((agent) => outpost.dispatch({ agent, task, repo: url, ...fields })));
  }

  async function allEnded(dispatches: readonly Dispatch[]): Promise<Dispatch[]> {
    return Promise.all(dispatches.map(({ dispatchId }) => outpost.ended(dispatchId)));
  }

  describe.skipIf(installed.length === 0)(`the real CLIs (${installed.join(', ')})`, () => {
    it('change the repository, and what they changed applies to its base', async () => {
      model.script({ marker: 'WRITE-GREETING', files: [{ path: 'greeting.txt', content: 'hello\n' }] });
      const ended = await allEnded(await dispatchAll('Do WRITE-GREETING in this repository.'));
      for (const dispatch of ended) {
        expect(dispatch, JSON.stringify(dispatch.failure)).toMatchObject({
          status: 'COMPLETED',
          exitCode: 0,
          changes: { filesChanged: 1, insertions: 1, deletions: 0 },
          cost: { basis: 'price-table' },
        });
        expect(dispatch.usage!.inputTokens).toBeGreaterThan(0);
        expect(dispatch.usage!.outputTokens).toBeGreaterThan(0);
        const patch = await outpost.artifactBytes(dispatch.dispatchId, 'changes.patch');
        const clone = await applyPatch(repo, dispatch.changes!.baseCommit, patch);
        expect(await readFile(join(clone, 'greeting.txt'), 'utf8')).toBe('hello\n');
        expect(await outpost.artifact(dispatch.dispatchId, 'task.md')).toContain('WRITE-GREETING');
        expect(await outpost.artifact(dispatch.dispatchId, 'output.log')).not.toBe('');
      }
    });

    it.each([
      [401, 'agent_authentication'],
      [500, 'model_unavailable'],
    ])('fail with the cause when the model answers %i', async (status, failureClass) => {
      model.fail({ marker: `ANSWER-${status}`, status });
      const ended = await allEnded(await dispatchAll(`Do ANSWER-${status}, whatever it takes.`));
      expect(ended.map(({ agent, status: end, failure }) => [agent, end, failure?.class])).toEqual(
        installed.map((agent) => [agent, 'FAILED', failureClass]),
      );
      for (const { failure, dispatchId } of ended) {
        expect(failure!.message).not.toBe('');
        expect(failure!.hint).not.toBe('');
        expect(await outpost.artifact(dispatchId, 'summary.json')).toContain(failureClass);
      }
    });

    it('take a task of 50,000 characters', async () => {
      model.say({ marker: 'LONG-TASK', text: 'Read it all.' });
      const ended = await allEnded(await dispatchAll(`LONG-TASK ${'word '.repeat(10_000)}`.slice(0, 50_000)));
      expect(ended.map(({ agent, status }) => [agent, status])).toEqual(
        installed.map((agent) => [agent, 'COMPLETED']),
      );
    });

    it('may change nothing: an empty patch, and what they said', async () => {
      model.say({ marker: 'ONLY-TALK', text: 'There is nothing to do.' });
      const ended = await allEnded(await dispatchAll('Please answer ONLY-TALK now.'));
      for (const dispatch of ended) {
        expect(dispatch).toMatchObject({
          status: 'COMPLETED',
          changes: { filesChanged: 0, insertions: 0, deletions: 0 },
        });
        expect(dispatch.output).toContain('There is nothing to do.');
        expect(await outpost.artifact(dispatch.dispatchId, 'changes.patch')).toBe('');
      }
    });

    it('are cancelled while a tool runs: the work so far is kept, and no process is left', async () => {
      model.script({
        marker: 'CANCEL-ME',
        files: [{ path: 'half.txt', content: 'half\n' }],
        commands: ["echo started > started.txt; sh -c 'sleep 600 & sleep 601'"],
      });
      const dispatches = await dispatchAll('Do CANCEL-ME in this repository.');
      await Promise.all(dispatches.map((dispatch) => fileInWorkspace(dispatch, 'started.txt')));
      for (const { dispatchId } of dispatches) {
        expect(await outpost.call('DELETE', `/dispatch/${dispatchId}`)).toMatchObject({
          status: 202,
          body: { status: 'RUNNING' },
        });
      }
      for (const dispatch of await allEnded(dispatches)) {
        expect(dispatch).toMatchObject({ status: 'CANCELLED', failure: { class: 'cancelled' } });
        expect(agentProcesses(dispatch.dispatchId)).toEqual([]);
        // The report of a cancellation does not wait for it.
        const patch = await until(() =>
          outpost.artifact(dispatch.dispatchId, 'changes.patch').catch(() => undefined),
        );
        expect(patch).toContain('+half');
        expect(await outpost.call('DELETE', `/dispatch/${dispatch.dispatchId}`)).toMatchObject({
          status: 200,
        });
      }
    });

    it('are ended by their time-out in the middle of a tool call, and no process is left', async () => {
      model.hang({ marker: 'NEVER-ENDS' });
      const ended = await allEnded(
        await dispatchAll('Do NEVER-ENDS in this repository.', { timeoutSeconds: 30 }),
      );
      for (const dispatch of ended) {
        expect(dispatch).toMatchObject({
          status: 'TIMEOUT',
          failure: { class: 'timed_out', retryable: true },
        });
        expect(agentProcesses(dispatch.dispatchId)).toEqual([]);
        expect(await outpost.artifact(dispatch.dispatchId, 'output.log')).not.toBe('');
      }
    });
  });

  async function fileInWorkspace(dispatch: Dispatch, name: string): Promise<void> {
    // Asked each time: before there is a worker, nobody knows where it will work.
    const isThere = (): boolean => existsSync(join(site.workspaceOf(dispatch), 'repo', name));
    await outpost.waitFor(
      dispatch.dispatchId,
      ({ status }) => isThere() || (status !== 'PENDING' && status !== 'RUNNING'),
    );
    expect(isThere()).toBe(true);
  }
});
