import type { Dispatch } from '@outpost/contracts';
import { startScriptedModel, type ScriptedModel } from '@outpost/scripted-model';
import {
  agentProcesses,
  AGENTS_DIR,
  isInstalled,
  bubblewrapDirectory,
  makeFakeAgent,
  makeRepository,
  Outpost,
  PATH,
  scriptedProviders,
  shellTask,
  startContainerEngine,
  temporaryDirectory,
  until,
  workerProcesses,
} from '@outpost/test-support';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const CLIS = ['claude', 'codex', 'gemini', 'grok'] as const;
const installed = CLIS.filter(isInstalled);
for (const agent of CLIS.filter((each) => !installed.includes(each)))
  console.warn(`SKIPPED: the ${agent} CLI is not installed. Run: npm run outpost -- agents install ${agent}`);

const bwrap = bubblewrapDirectory();
const SECRET = 'deploy-key-that-nobody-else-may-see';
/** Of the real CLIs the smallest: building its image takes the least time. */
const CONTAINED = 'gemini';
const engine = await startContainerEngine(['base', CONTAINED]);
afterAll(() => engine?.stop());
const inContainers = {
  DOCKER_HOST: engine?.host ?? '',
  // For the script in place of claude.
  OUTPOST_AGENT_IMAGE_CLAUDE: 'localhost/outpost-base:latest',
};

const sandboxes = [
  { name: 'container', works: engine !== undefined, missing: 'there is no container engine here' },
  { name: 'bwrap', works: bwrap !== undefined, missing: 'there is no bubblewrap here' },
  { name: 'uid', works: process.getuid?.() === 0, missing: 'only root may change users' },
];
for (const { name, works, missing } of sandboxes)
  if (!works) console.warn(`SKIPPED: agents in the sandbox ${name}, as ${missing}.`);

describe.each(sandboxes.filter(({ works }) => works))('in the sandbox $name', ({ name }) => {
  let model: ScriptedModel;
  /** With the real CLIs. */
  let outpost: Outpost;
  /** With a script in place of claude. */
  let scripted: Outpost;
  let repo: string;

  const clis = name === 'container' ? [CONTAINED] : installed;

  async function start(env: Record<string, string>): Promise<Outpost> {
    const dataDir = await temporaryDirectory();
    // Another user must get to it, and to the CLIs.
    for (const directory of [dataDir, AGENTS_DIR].filter((each) => existsSync(each)))
      chmodSync(dirname(directory), 0o711);
    const path = bwrap === undefined ? PATH : `${bwrap}:${PATH}`;
    const secrets = { tenants: { default: { secrets: { DEPLOY_KEY: SECRET } } } };
    await writeFile(join(dataDir, 'secrets.json'), JSON.stringify(secrets), { mode: 0o600 });
    return Outpost.start({ dataDir, env: { ...env, ...inContainers, PATH: path, OUTPOST_SANDBOX: name } });
  }

  beforeAll(async () => {
    model = await startScriptedModel();
    repo = await makeRepository();
    outpost = await start(scriptedProviders((agent) => model.baseUrlFor(agent)));
    const directory = await temporaryDirectory();
    chmodSync(directory, 0o755);
    scripted = await start({ OUTPOST_AGENT_COMMAND_CLAUDE: await makeFakeAgent(directory) });
  });
  afterAll(async () => {
    await outpost.stop();
    await scripted.stop();
    await model.stop();
  });

  const run = (script: string, fields: object = {}): Promise<Dispatch> =>
    scripted.dispatch({ agent: 'claude', task: shellTask(script), repo, ...fields });
  const patchOf = ({ dispatchId }: Dispatch): Promise<string> =>
    scripted.artifact(dispatchId, 'changes.patch');
  const isThere = ({ workspaceId }: Dispatch, file: string): Promise<true> => {
    const path = join(scripted.dataDir, 'workspaces', 'default', workspaceId, 'repo', file);
    return until(async () => existsSync(path) || undefined);
  };

  it.skipIf(clis.length === 0)(`the real CLIs (${clis.join(', ')}) change the repository`, async () => {
    model.script({ marker: 'WRITE-GREETING', files: [{ path: 'greeting.txt', content: 'hello\n' }] });
    const dispatches = await Promise.all(
      clis.map((agent) => outpost.dispatch({ agent, task: 'Do WRITE-GREETING here.', repo })),
    );
    for (const { dispatchId } of dispatches) {
      const ended = await outpost.ended(dispatchId);
      const log = await outpost.artifact(dispatchId, 'output.log');
      expect(ended, `${JSON.stringify(ended.failure)}\n${log}`).toMatchObject({
        status: 'COMPLETED',
        exitCode: 0,
        changes: { filesChanged: 1 },
      });
      expect(await outpost.artifact(dispatchId, 'changes.patch')).toContain('+hello');
    }
  });

  it('an agent goes on in the workspace of one before it', async () => {
    const fields = { workspaceMode: 'persistent' };
    const begun = await run('echo one > one.txt; git add one.txt; git commit -qm one', fields);
    const first = await scripted.ended(begun.dispatchId);
    expect(first.status, JSON.stringify(first.failure)).toBe('COMPLETED');
    const more = await run('echo two >> one.txt', { ...fields, workspaceId: first.workspaceId });
    const second = await scripted.ended(more.dispatchId);
    expect(second.status, JSON.stringify(second.failure)).toBe('COMPLETED');
    expect(await patchOf(second)).toContain('+one\n+two\n');
  });

  it('an agent is told that its worker ends before it is killed', async () => {
    const dispatch = await run(
      "trap 'echo late > late.txt; exit 1' TERM; touch on; while :; do sleep 0.05; done",
    );
    await isThere(dispatch, 'on');
    for (const pid of workerProcesses(scripted.dataDir)) process.kill(pid, 'SIGTERM');
    const ended = await scripted.ended(dispatch.dispatchId);
    expect(ended).toMatchObject({ status: 'FAILED', failure: { class: 'worker_lost' } });
    expect(await patchOf(ended)).toContain('+late');
  });

  it('an agent that is cancelled leaves no process, whatever it started', async () => {
    const dispatch = await run('(env -i setsid sleep 987 &) ; trap "" TERM; echo half > half.txt; sleep 986');
    await isThere(dispatch, 'half.txt');
    expect(await scripted.call('DELETE', `/dispatch/${dispatch.dispatchId}`)).toMatchObject({ status: 202 });
    const ended = await scripted.ended(dispatch.dispatchId);
    expect(ended.status).toBe('CANCELLED');
    await until(async () => agentProcesses(dispatch.dispatchId).length === 0 || undefined);
    expect(await until(() => patchOf(ended).catch(() => undefined))).toContain('+half');
  });

  it('a verify command runs in the sandbox too, as does the agent that it is handed back to', async () => {
    const { dispatchId } = await run('test -e one.txt && echo two > two.txt; touch one.txt', {
      verify: `if cat ${scripted.dataDir}/outpost.db > /dev/null; then echo "not confined"; exit 1; fi
        grep two two.txt && echo fine > "$OUTPOST_ARTIFACTS_DIR/report.txt"`,
      verifyAttempts: 1,
    });
    const ended = await scripted.ended(dispatchId);
    expect(ended, JSON.stringify(ended.failure)).toMatchObject({
      status: 'COMPLETED',
      verification: { passed: true, attempts: 2 },
    });
    expect(ended.verification!.outputTail).not.toContain('not confined');
    expect(await scripted.artifact(dispatchId, 'artifacts/report.txt')).toBe('fine\n');
  });

  it('an agent whose worker is killed leaves no process either', async () => {
    const dispatch = await run('(env -i setsid sleep 985 &) ; touch on; sleep 984');
    await isThere(dispatch, 'on');
    for (const pid of workerProcesses(scripted.dataDir)) process.kill(pid, 'SIGKILL');
    const ended = await scripted.ended(dispatch.dispatchId);
    expect(ended.status).toBe('FAILED');
    await until(async () => agentProcesses(dispatch.dispatchId).length === 0 || undefined);
    await until(
      async () => ((await engine?.containersOf(dispatch.dispatchId)) ?? []).length === 0 || undefined,
    );
  });

  it.runIf(name === 'container')(
    'a secret is in the environment of the agent, and in nothing that the engine keeps or processes are called with',
    async () => {
      const dispatch = await run(
        'printf %s "$DEPLOY_KEY" | sha256sum > sum; touch on; until test -e go; do sleep 0.05; done',
        { secrets: ['DEPLOY_KEY'] },
      );
      await isThere(dispatch, 'on');
      const [container = ''] = await engine!.containersOf(dispatch.dispatchId);
      expect(await engine!.inspect(container)).toContain(dispatch.dispatchId);
      expect(await engine!.inspect(container)).not.toContain(SECRET);
      expect(await engine!.filesWith(dispatch.dispatchId)).not.toEqual([]);
      expect(await engine!.filesWith(SECRET)).toEqual([]);
      expect(commandLines().filter((line) => line.includes(SECRET))).toEqual([]);
      const repository = join(scripted.dataDir, 'workspaces', 'default', dispatch.workspaceId, 'repo');
      await writeFile(join(repository, 'go'), '');
      const ended = await scripted.ended(dispatch.dispatchId);
      expect(await patchOf(ended)).toContain(createHash('sha256').update(SECRET).digest('hex'));
    },
  );

  it('an agent that needs more memory than its tier has is tried once more on the next', async () => {
    const hungry = 'const all = []; for (let i = 0; i < 14; i++) all.push(Buffer.alloc(100 * 1024 ** 2, 1))';
    const { dispatchId } = await run(`${process.execPath} -e '${hungry}' || kill -9 $PPID`, { tier: 'fast' });
    const ended = await scripted.ended(dispatchId);
    expect(ended, JSON.stringify(ended.failure)).toMatchObject({
      status: 'COMPLETED',
      attempt: 2,
      tier: 'balanced',
    });
  });
});

function commandLines(): string[] {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      } catch {
        return '';
      }
    });
}

it('a control plane does not start when its sandbox does not work, and says what to do', async () => {
  const dataDir = await temporaryDirectory();
  const env = { OUTPOST_SANDBOX: 'bwrap', PATH: dirname(process.execPath) };
  await expect(Outpost.start({ dataDir, env })).rejects.toThrow('did not start');
  const stderr = await readFile(join(dataDir, 'control-plane.err'), 'utf8');
  expect(stderr).toContain('bwrap is not on PATH (Debian: apt-get install bubblewrap)');
  expect(stderr).toContain('OUTPOST_SANDBOX=none');
});
