import type { Dispatch, DispatchPage, Fleet } from '@outpost/contracts';
import {
  agentProcesses,
  fakeAgentEnv,
  judgedFetch,
  makeRepository,
  type Outpost,
  randomKey,
  shellTask,
  type Site,
  SITES,
} from '@outpost/test-support';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

async function busy(instance: Outpost): Promise<[number, number]> {
  const { body } = await instance.call<Fleet>('GET', '/fleet');
  return [body.agents.find(({ agent }) => agent === 'claude')!.busy, body.tenant.busy];
}

/** A script that leaves a line in \`file\` and waits until \`gate\` is there. */
const waitingScript = (file: string, gate: string): string =>
  `echo run >> ${file}; until test -e ${gate}; do sleep 0.05; done`;

/** Leaves the agent's pid in `file`, which is not there before it is whole. */
const tellParent = (file: string): string => `echo $PPID > ${file}.part; mv ${file}.part ${file}`;

/** The worker is the parent of the agent, which is the parent of the script's shell. */
async function parentOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^PPid:\t(\d+)$/m.exec(status)![1]);
}

describe.each(SITES)('on $name', ({ open }) => {
  let site: Site;
  let outpost: Outpost | undefined;
  beforeEach(async () => {
    site = await open();
  });
  afterEach(async () => {
    await outpost?.stop();
    outpost = undefined;
    await site.close();
  });

  const start = async (env: Record<string, string> = {}, apiKey = randomKey()): Promise<Outpost> =>
    site.start({ apiKey, env: { ...(await fakeAgentEnv(site.directory)), ...env } });

  describe('capacity', () => {
    it('queues what has no slot, and starts it when one is free', async () => {
      outpost = await start({ OUTPOST_MAX_CONCURRENT_PER_AGENT: '2' });
      const gate = join(site.directory, 'gate');
      const file = join(site.directory, 'runs');
      const task = shellTask(waitingScript(file, gate));
      const dispatches: Dispatch[] = [];
      for (let index = 0; index < 4; index += 1)
        dispatches.push(await outpost.dispatch({ agent: 'claude', task }));
      expect(dispatches.map(({ status }) => status)).toEqual(['PENDING', 'PENDING', 'QUEUED', 'QUEUED']);
      expect(await busy(outpost)).toEqual([2, 2]);
      await writeFile(gate, '');
      for (const { dispatchId } of dispatches)
        expect(await outpost.ended(dispatchId)).toMatchObject({ status: 'COMPLETED' });
      expect((await readFile(file, 'utf8')).trim().split('\n')).toHaveLength(4);
      expect(await busy(outpost)).toEqual([0, 0]);
    });

    it('cancels a queued dispatch at once, without a worker', async () => {
      outpost = await start({ OUTPOST_MAX_CONCURRENT_PER_TENANT: '1' });
      const gate = join(site.directory, 'gate');
      const first = await outpost.dispatch({
        agent: 'claude',
        task: shellTask(waitingScript('/dev/null', gate)),
      });
      const second = await outpost.dispatch({ agent: 'claude', task: shellTask('true') });
      expect(second.status).toBe('QUEUED');
      const answer = await outpost.call('DELETE', `/dispatch/${second.dispatchId}`);
      expect(answer).toMatchObject({ status: 200, body: { status: 'CANCELLED' } });
      await writeFile(gate, '');
      await outpost.ended(first.dispatchId);
    });
  });

  describe('racing', () => {
    it('50 cancellations against a completion have one winner, and the slots add up', async () => {
      outpost = await start();
      const instance = outpost;
      const ends = new Set<string>();
      for (let round = 0; round < 6; round += 1) {
        const gate = join(site.directory, `gate-${round}`);
        const started = join(site.directory, `started-${round}`);
        const { dispatchId } = await instance.dispatch({
          agent: 'claude',
          task: shellTask(waitingScript(started, gate)),
        });
        await instance.waitFor(dispatchId, () => existsSync(started));
        await writeFile(gate, '');
        // Half of the rounds let the agent end first: then the cancellations race the report.
        if (round % 2 === 1)
          await instance.waitFor(
            dispatchId,
            ({ stage, completedAt }) => completedAt !== undefined || stage !== 'run',
          );
        const answers = await Promise.all(
          Array.from({ length: 50 }, () => instance.call('DELETE', `/dispatch/${dispatchId}`)),
        );
        const { status } = await instance.ended(dispatchId);
        ends.add(status);
        const acknowledged = answers.filter((answer) => answer.status === 200 || answer.status === 202);
        const refused = answers.filter((answer) => answer.status === 409);
        expect(acknowledged.length + refused.length).toBe(50);
        // Whoever was told that it is cancelled was told the truth, and all were told the same.
        expect(status === 'CANCELLED' ? acknowledged.length : refused.length).toBe(50);
        expect(await busy(instance)).toEqual([0, 0]);
        expect(await site.costEvents(dispatchId)).toHaveLength(1);
      }
      expect([...ends].every((status) => status === 'CANCELLED' || status === 'COMPLETED')).toBe(true);
    });
  });

  describe('SIGKILL', () => {
    it('of the control plane in the middle of 20 dispatches: all end, no slot is lost, nothing runs twice', async () => {
      const repo = await site.repositoryUrl(await makeRepository());
      const apiKey = randomKey();
      const dataDir = site.directory;
      outpost = await start({ OUTPOST_MAX_CONCURRENT_PER_AGENT: '6' }, apiKey);
      const gate = join(dataDir, 'gate');
      const runs = join(dataDir, 'runs');
      const task = shellTask(
        `echo "$OUTPOST_AGENT_RUN" >> ${runs}; until test -e ${gate}; do sleep 0.05; done; echo x > x.txt`,
      );
      const accepted: Dispatch[] = [];
      for (let index = 0; index < 20; index += 1)
        accepted.push(await outpost.dispatch({ agent: 'claude', task, repo }));
      await outpost.waitFor(accepted[0]!.dispatchId, ({ status }) => status === 'RUNNING');
      await outpost.kill();
      await writeFile(gate, '');

      outpost = await start({ OUTPOST_MAX_CONCURRENT_PER_AGENT: '6' }, apiKey);
      for (const { dispatchId } of accepted)
        expect(await outpost.ended(dispatchId)).toMatchObject({ status: 'COMPLETED' });
      const started = (await readFile(runs, 'utf8')).trim().split('\n');
      expect(started.toSorted()).toEqual(accepted.map(({ dispatchId }) => dispatchId).toSorted());
      expect(await busy(outpost)).toEqual([0, 0]);
      expect((await outpost.call<DispatchPage>('GET', '/runs?limit=100')).body.runs).toHaveLength(20);
    });

    it('of a worker: its dispatch fails with the cause, its agent is gone, its slot is free', async () => {
      outpost = await start();
      const started = join(site.directory, 'started');
      const { dispatchId } = await outpost.dispatch({
        agent: 'claude',
        task: shellTask(`${tellParent(started)}; (setsid sleep 600 &) ; sleep 601`),
      });
      await outpost.waitFor(dispatchId, () => existsSync(started));
      process.kill(await parentOf(Number(await readFile(started, 'utf8'))), 'SIGKILL');
      expect(await outpost.ended(dispatchId)).toMatchObject({
        status: 'FAILED',
        failure: { class: 'worker_lost', retryable: true, message: expect.stringMatching(/SIGKILL|137/) },
      });
      expect(agentProcesses(dispatchId)).toEqual([]);
      expect(await busy(outpost)).toEqual([0, 0]);
    });
  });

  describe('SIGTERM', () => {
    it('to a worker: it uploads what there is and reports that it was stopped', async () => {
      outpost = await start();
      const repo = await site.repositoryUrl(await makeRepository());
      const started = join(site.directory, 'started');
      const { dispatchId } = await outpost.dispatch({
        agent: 'claude',
        repo,
        task: shellTask(`echo half > half.txt; ${tellParent(started)}; sleep 601`),
      });
      await outpost.waitFor(dispatchId, () => existsSync(started));
      process.kill(await parentOf(Number(await readFile(started, 'utf8'))), 'SIGTERM');
      expect(await outpost.ended(dispatchId)).toMatchObject({
        status: 'FAILED',
        failure: { class: 'worker_lost' },
      });
      expect(await outpost.artifact(dispatchId, 'changes.patch')).toContain('+half');
      expect(await outpost.artifact(dispatchId, 'output.log')).not.toBe('');
    });

    it('to the control plane: it stops with 0 while a follower listens, and the worker goes on', async () => {
      const apiKey = randomKey();
      const first = await start({}, apiKey);
      const gate = join(site.directory, 'gate');
      const started = join(site.directory, 'started');
      const { dispatchId } = await first.dispatch({
        agent: 'claude',
        task: shellTask(waitingScript(started, gate)),
      });
      await first.waitFor(dispatchId, () => existsSync(started));
      const follower = judgedFetch(new URL(`/dispatch/${dispatchId}/logs`, first.url), {
        headers: { 'x-api-key': apiKey, accept: 'text/event-stream' },
      }).then((response) => response.text());
      await first.waitFor(dispatchId, ({ stage }) => stage === 'run');
      expect(await first.stop()).toBe(0);
      expect(await follower).not.toContain('event: end');
      await writeFile(gate, '');
      outpost = await start({}, apiKey);
      expect(await outpost.ended(dispatchId)).toMatchObject({ status: 'COMPLETED' });
    });
  });

  describe('a persistent workspace', () => {
    it('keeps the work for the next dispatch, one at a time', async () => {
      outpost = await start();
      const repo = await site.repositoryUrl(await makeRepository());
      const first = await outpost.dispatch({
        agent: 'claude',
        task: shellTask('echo one > one.txt'),
        repo,
        workspaceMode: 'persistent',
      });
      await outpost.ended(first.dispatchId);
      const { workspaceId } = first;
      const gate = join(site.directory, 'gate');
      const task = shellTask(`until test -e ${gate}; do sleep 0.05; done; cat one.txt; echo two > two.txt`);
      const second = await outpost.dispatch({ agent: 'claude', task, workspaceId });
      const third = await outpost.dispatch({ agent: 'claude', task: shellTask('cat two.txt'), workspaceId });
      expect([second.status, third.status]).toEqual(['PENDING', 'QUEUED']);
      await writeFile(gate, '');
      expect(await outpost.ended(third.dispatchId)).toMatchObject({
        status: 'COMPLETED',
        repo,
        changes: { filesChanged: 2 },
      });
      expect((await outpost.logs(third.dispatchId)).map(({ text }) => text)).toContain('two');
    });

    it('an ephemeral one is gone when its dispatch has ended', async () => {
      outpost = await start();
      const dispatch = await outpost.dispatch({ agent: 'claude', task: shellTask('true') });
      await outpost.ended(dispatch.dispatchId);
      await expect.poll(() => existsSync(site.workspaceOf(dispatch))).toBe(false);
    });
  });
});
