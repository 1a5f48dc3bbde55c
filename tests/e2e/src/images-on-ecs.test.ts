import {
  RegisterTaskDefinitionCommand,
  StopTaskCommand,
  type RegisterTaskDefinitionRequest,
} from '@aws-sdk/client-ecs';
import { AGENTS, type Dispatch } from '@outpost/contracts';
import { startScriptedModel, type ScriptedModel } from '@outpost/scripted-model';
import {
  applyPatch,
  makeFakeAgent,
  makeRepository,
  openAwsSite,
  type Outpost,
  shellTask,
  startContainerEngine,
  taskContainers,
  temporaryDirectory,
  until,
  type AwsSite,
} from '@outpost/test-support';
import { chmod, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startControlPlane } from './images/control-plane-container.js';
import { stackDefinitions, withVariable } from './images/stack-definitions.js';

/** Those that can be built from npm and Debian: aider comes from PyPI. */
const CLIS = ['claude', 'codex', 'gemini', 'grok'] as const;
/** The first time, images are built. */
const BUILD_LIMIT_MS = 900_000;
const LIMIT_MS = 180_000;
const CONTROL_PLANE = `outpost-control-plane-${process.pid}`;
const DEFINITIONS = stackDefinitions();
const NODE_OF_IMAGE = '/usr/local/bin/node';

/** The keys come from Secrets Manager. */
function baseUrlsOf(model: ScriptedModel): Record<string, string> {
  return Object.fromEntries(CLIS.map((agent) => [AGENTS[agent].baseUrlVariable, model.baseUrlFor(agent)]));
}

const engine = await startContainerEngine(['base', 'control-plane', ...CLIS]);

describe.skipIf(engine === undefined)('the images on ECS', { timeout: LIMIT_MS }, () => {
  let model: ScriptedModel;
  let site: AwsSite;
  let outpost: Outpost;
  let repo: string;
  let shared: string;

  beforeAll(async () => {
    const { podman } = engine!;
    model = await startScriptedModel();
    repo = await makeRepository();
    shared = await temporaryDirectory();
    await chmod(shared, 0o755);
    const readable = [shared];
    site = await openAwsSite({
      workerEnv: baseUrlsOf(model),
      startContainer: taskContainers(podman, { readable }),
    });
    readable.push(site.gitEnv['GIT_SSL_CAINFO']!);
    await define(DEFINITIONS);
    outpost = await startControlPlane({ podman, site, name: CONTROL_PLANE });
  }, BUILD_LIMIT_MS);
  afterAll(async () => {
    await outpost?.stop();
    await site?.close();
    await model?.stop();
    await engine!.stop();
  });

  async function define(definitions: readonly RegisterTaskDefinitionRequest[]): Promise<void> {
    for (const definition of definitions)
      await site.account.clients.ecs.send(new RegisterTaskDefinitionCommand(definition));
  }

  async function dispatch(body: Record<string, unknown>): Promise<Dispatch> {
    return outpost.dispatch({ repo: await site.repositoryUrl(repo), ...body });
  }

  it('tell by the check of the control plane whether it is well', async () => {
    const { podman } = engine!;
    const image = 'localhost/outpost-control-plane:latest';
    const said = await podman.run('podman', [
      'image',
      'inspect',
      '--format={{json .HealthCheck.Test}}',
      image,
    ]);
    const [kind, ...command] = JSON.parse(said) as string[];
    expect(kind).toBe('CMD');
    const port = `--env=PORT=${new URL(outpost.url).port}`;
    await podman.run('podman', ['exec', port, CONTROL_PLANE, ...command]);
    const ofNobody = podman.run('podman', ['exec', '--env=PORT=1', CONTROL_PLANE, ...command]);
    await expect(ofNobody).rejects.toMatchObject({ exitCode: 1 });
  });

  it('run every CLI that is in one, on a real repository', async () => {
    model.script({ marker: 'WRITE-GREETING', files: [{ path: 'greeting.txt', content: 'hello\n' }] });
    const task = 'Do WRITE-GREETING in this repository.';
    const dispatches = await Promise.all(CLIS.map((agent) => dispatch({ agent, task })));
    for (const { dispatchId } of dispatches) {
      const ended = await outpost.ended(dispatchId);
      expect(ended, JSON.stringify(ended.failure)).toMatchObject({
        status: 'COMPLETED',
        exitCode: 0,
        changes: { filesChanged: 1, insertions: 1, deletions: 0 },
      });
      const patch = await outpost.artifactBytes(dispatchId, 'changes.patch');
      const clone = await applyPatch(repo, ended.changes!.baseCommit, patch);
      expect(await readFile(join(clone, 'greeting.txt'), 'utf8')).toBe('hello\n');
    }
  });

  describe('with a script in the place of claude', () => {
    beforeAll(async () => {
      const command = await makeFakeAgent(shared, NODE_OF_IMAGE);
      await define(withVariable(DEFINITIONS, { name: 'OUTPOST_AGENT_COMMAND_CLAUDE', value: command }));
    });

    it('have the agent as a user of its own, on a disk that it may not write to', async () => {
      const script = [
        'echo "user $(id -u):$(id -g)"',
        'for place in / /usr /etc /opt/outpost /var/lib/outpost /home/agent; do touch $place/x 2> /dev/null && echo "wrote $place"; done',
        'ls /var/lib/outpost 2> /dev/null && echo "listed"',
        'cat /proc/1/environ > /dev/null 2>&1 && echo "read"',
        'echo "env $(env | grep -c AWS_)"',
      ].join('\n');
      const { dispatchId } = await dispatch({ agent: 'claude', task: shellTask(`${script}\ntrue`) });
      const ended = await outpost.ended(dispatchId);
      expect(ended.status, JSON.stringify(ended.failure)).toBe('COMPLETED');
      const log = await outpost.artifact(dispatchId, 'output.log');
      expect(log).toContain('user 10001:10001');
      expect(log).toContain('env 0');
      expect(log).not.toMatch(/wrote|listed|read/);
    });

    it('end when their tier has too little memory, and are started again on the next', async () => {
      const allocate = `node -e "const held = []; for (let i = 0; i < 14; i++) held.push(Buffer.alloc(1e8, 1)); console.log('held')" && echo enough > memory.txt`;
      const { dispatchId } = await dispatch({ agent: 'claude', tier: 'fast', task: shellTask(allocate) });
      const ended = await outpost.ended(dispatchId);
      expect(ended).toMatchObject({ status: 'COMPLETED', tier: 'balanced', attempt: 2 });
      expect(ended.attempts).toMatchObject([{ tier: 'fast', failure: { class: 'out_of_memory' } }]);
    });

    it('say that memory ran out, too, when the kernel takes the worker itself', async () => {
      const piece = `node -e "const held = Buffer.alloc(2e7, 1); setTimeout(() => held, 600000)" &`;
      const many = `for i in $(seq 60); do ${piece} done; wait`;
      const { dispatchId } = await dispatch({ agent: 'claude', tier: 'fast', task: shellTask(many) });
      const again = await outpost.waitFor(
        dispatchId,
        ({ attempt, completedAt }) => attempt === 2 || completedAt !== undefined,
      );
      expect(again).toMatchObject({ tier: 'balanced' });
      expect(again.attempts).toMatchObject([{ tier: 'fast', failure: { class: 'out_of_memory' } }]);
      await outpost.call('DELETE', `/dispatch/${dispatchId}`);
      await outpost.ended(dispatchId);
    });

    it('leave patch and log behind when ECS stops them', async () => {
      const { dispatchId } = await dispatch({
        agent: 'claude',
        task: shellTask('echo half > half.txt; echo "half is done"; sleep 600'),
      });
      await outpost.waitFor(dispatchId, ({ status }) => status !== 'PENDING');
      await until(
        async () =>
          (await outpost.logs(dispatchId)).some(({ text }) => text.includes('half is done')) || undefined,
      );
      const { taskArn } = site.account.ecs.tasks.find((task) => task.dispatchId === dispatchId)!;
      await site.account.clients.ecs.send(new StopTaskCommand({ cluster: 'outpost', task: taskArn }));
      const ended = await outpost.ended(dispatchId);
      expect(ended).toMatchObject({ status: 'FAILED', failure: { class: 'worker_lost' } });
      expect(await outpost.artifact(dispatchId, 'changes.patch')).toContain('+half');
      expect(await outpost.artifact(dispatchId, 'output.log')).toContain('half is done');
    });
  });
});
