import type {
  ApiKey,
  CreatedApiKey,
  Dispatch,
  DispatchPage,
  Fleet,
  LogLine,
  Usage,
} from '@outpost/contracts';
import {
  git,
  makeRepository,
  randomKey,
  shellTask,
  startWithFakeAgent,
  temporaryDirectory,
  type Outpost,
} from '@outpost/test-support';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  bareEnvironment,
  cliJson,
  dispatchIdSaid,
  runCli,
  startCli,
  type CliOptions,
} from './cli/run-cli.js';

const ABSENT = '01K4ZJ8W2T6V0Q9S3R5X7Y1B2C';
const WRITE = shellTask('echo hello > greeting.txt; echo wrote it');

let outpost: Outpost;
let repo: string;
let env: Record<string, string>;
let options: CliOptions;

beforeAll(async () => {
  outpost = await startWithFakeAgent();
  repo = await makeRepository();
  env = { ...(await bareEnvironment()), OUTPOST_URL: outpost.url, OUTPOST_API_KEY: outpost.apiKey };
  options = { env, cwd: repo };
});
afterAll(() => outpost.stop());

const dispatched = async (...args: string[]): Promise<Dispatch> =>
  cliJson<Dispatch>(['dispatch', '--agent', 'claude', ...args], options);

const completed = async (task = WRITE): Promise<Dispatch> => {
  const { dispatchId } = await dispatched(task);
  return outpost.ended(dispatchId);
};

describe('outpost dispatch', () => {
  it('takes the task as an argument, from a file or from stdin, for the checkout it is in', async () => {
    const file = join(await temporaryDirectory(), 'task.md');
    await writeFile(file, WRITE);
    const said = ['dispatch', '--agent', 'claude'];
    const dispatches = [
      await cliJson<Dispatch>([...said, WRITE], options),
      await cliJson<Dispatch>([...said, '--file', file], options),
      await cliJson<Dispatch>(said, { ...options, input: WRITE }),
      await cliJson<Dispatch>([...said, '--file', '-'], { ...options, input: WRITE }),
    ];
    for (const dispatch of dispatches) {
      expect(dispatch).toMatchObject({ agent: 'claude', task: WRITE, repo, branch: 'main' });
    }
  });

  it('passes all its options on', async () => {
    const dispatch = await dispatched(
      ...['--repo', '.', '--branch', 'main', '--model', 'some-model', '--context', 'minimal'],
      ...['--timeout', '77', '--tier', 'fast', '--keep-workspace', '--user', 'ann'],
      ...['--tag', 'team=shop', '--tag', 'why=a=b', '--idempotency-key', 'once', WRITE],
    );
    expect(dispatch).toMatchObject({
      repo,
      branch: 'main',
      modelId: 'some-model',
      contextLevel: 'minimal',
      timeoutSeconds: 77,
      tier: 'fast',
      workspaceMode: 'persistent',
      userId: 'ann',
      tags: { team: 'shop', why: 'a=b' },
    });
    await outpost.ended(dispatch.dispatchId);
    const next = await dispatched('--workspace', dispatch.workspaceId, '--user', 'ann', WRITE);
    expect(next).toMatchObject({ workspaceId: dispatch.workspaceId, workspaceMode: 'persistent' });
  });

  it('dispatches without a repository outside of a checkout, and says so', async () => {
    const cwd = await temporaryDirectory();
    const said = ['dispatch', '--agent', 'claude', WRITE, '--json'];
    const { stdout, stderr } = await runCli(said, { env, cwd });
    expect((JSON.parse(stdout) as Dispatch).repo).toBeUndefined();
    expect(stderr).toContain('without a repository');
    expect((await dispatched('--no-repo', WRITE)).repo).toBeUndefined();
  });

  it('says that what is not committed is not part of it', async () => {
    const dirty = await makeRepository();
    await writeFile(join(dirty, 'README.md'), 'changed\n');
    const { stderr } = await runCli(['dispatch', '-a', 'claude', WRITE], { env, cwd: dirty });
    expect(stderr).toContain('What is not committed here is not part of it.');
    expect(stderr).toMatch(/Follow it: outpost logs -f [0-9A-Z]{26}/);
  });

  it.each([
    ['true', 0, 'COMPLETED'],
    ['exit 3', 10, 'FAILED'],
  ])('--wait streams the log of `%s` and ends with %i', async (script, exitCode, status) => {
    const task = shellTask(`echo from the agent; ${script}`);
    const text = await runCli(['dispatch', '-a', 'claude', '--wait', task], options);
    expect(text.exitCode).toBe(exitCode);
    expect(text.stdout).toContain('from the agent\n');
    expect(text.stdout).toMatch(new RegExp(`^${status} [0-9A-Z]{26}`, 'm'));
    expect(text.stderr).toContain('Ctrl-C leaves it running');

    const json = await runCli(['dispatch', '-a', 'claude', '--wait', '--json', task], options);
    expect(json.exitCode).toBe(exitCode);
    expect(JSON.parse(json.stdout)).toMatchObject({ status });
    expect(json.stderr).toContain('from the agent\n');
  });

  it('--wait ends with 12 when it is cancelled', async () => {
    const waiting = startCli(['dispatch', '-a', 'claude', '-w', shellTask('echo go; sleep 600')], options);
    const dispatchId = await dispatchIdSaid(waiting);
    await outpost.waitFor(dispatchId, ({ status }) => status === 'RUNNING');
    expect((await runCli(['cancel', dispatchId], options)).stdout).toContain('CANCELLED follows');
    const { exitCode, stdout } = await waiting;
    expect(exitCode).toBe(12);
    expect(stdout).toContain('CANCELLED');
    expect((await runCli(['cancel', dispatchId], options)).stdout).toContain('CANCELLED');
  });

  it('an interrupted --wait leaves it running, or cancels it when told so', async () => {
    const task = shellTask('sleep 600');
    const leaving = startCli(['dispatch', '-a', 'claude', '-w', task], options);
    const left = await dispatchIdSaid(leaving);
    leaving.kill('SIGINT');
    const detached = await leaving;
    expect(detached.exitCode).toBe(130);
    expect(detached.stderr).toContain(`outpost cancel ${left}`);
    expect((await outpost.get(left)).completedAt).toBeUndefined();
    await cliJson(['cancel', left, '--wait'], options);

    const stopping = startCli(['dispatch', '-a', 'claude', '-w', '--cancel-on-interrupt', task], options);
    const stopped = await dispatchIdSaid(stopping);
    stopping.kill('SIGINT');
    expect((await stopping).exitCode).toBe(12);
    expect((await outpost.get(stopped)).status).toBe('CANCELLED');
  });
});

describe('what a dispatch did', () => {
  let ended: Dispatch;
  beforeAll(async () => {
    ended = await completed();
  });

  it('is listed, shown and read', async () => {
    const { stdout } = await runCli(['runs'], options);
    expect(stdout).toMatch(/^dispatch +agent +status/);
    expect(stdout).toContain(`${ended.dispatchId}  claude  COMPLETED`);
    const page = await cliJson<DispatchPage>(
      ['runs', '--agent', 'claude', '-s', 'COMPLETED', '-n', '1'],
      options,
    );
    expect(page.runs[0]!.dispatchId).toBe(ended.dispatchId);
    const { stderr } = await runCli(['runs', '--limit', '1'], options);
    expect(stderr).toMatch(/More: outpost runs --cursor \S+/);

    expect(await cliJson(['show', 'latest'], options)).toEqual(await outpost.get(ended.dispatchId));
    const shown = await runCli(['show', ended.dispatchId], options);
    expect(shown.stdout).toMatch(/changes +1 file \+1 -0/);

    expect((await runCli(['logs', ended.dispatchId], options)).stdout).toContain('wrote it');
    const lines = (await runCli(['logs', '-f', ended.dispatchId, '--json'], options)).stdout.split('\n');
    expect(lines.map((line) => JSON.parse(line) as LogLine)).toEqual(await outpost.logs(ended.dispatchId));
    const tail = await runCli(['logs', ended.dispatchId, '--tail', '1'], options);
    const followed = await runCli(['logs', '-f', ended.dispatchId, '-n', '1'], options);
    expect(tail.stdout.split('\n')).toHaveLength(1);
    expect(followed.stdout).toBe(tail.stdout);
  });

  it('is retried', async () => {
    const retried = await cliJson<Dispatch>(['retry', ended.dispatchId], options);
    expect(retried).toMatchObject({ retryOf: ended.dispatchId, task: WRITE });
    const { exitCode, stdout } = await runCli(['retry', ended.dispatchId, '--wait'], options);
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('wrote it')]);
  });

  it('is a patch, byte for byte, also of what is no text', async () => {
    const binary = await completed(
      shellTask(String.raw`printf '\000\377\001' > image.bin; printf 'caf\351\n' > latin1.txt`),
    );
    const patch = await outpost.artifactBytes(binary.dispatchId, 'changes.patch');
    const { stdout } = await startCli(['diff', binary.dispatchId], options);
    expect(`${stdout}\n`).toBe(patch.toString('utf8'));
    const json = await cliJson<{ patch: string }>(['diff', binary.dispatchId], options);
    expect(json.patch).toBe(patch.toString('utf8'));

    const checkout = await cloneOf(repo);
    const applied = await runCli(['apply', binary.dispatchId], { env, cwd: checkout });
    expect(applied.exitCode, applied.stderr).toBe(0);
    expect(await readFile(join(checkout, 'image.bin'))).toEqual(Buffer.from([0, 255, 1]));
    expect(await readFile(join(checkout, 'latin1.txt'))).toEqual(Buffer.from('caf\xe9\n', 'latin1'));
  });
});

describe('outpost apply', () => {
  let change: Dispatch;
  beforeAll(async () => {
    change = await completed(shellTask('echo "# Trolley" > README.md'));
  });
  const apply = async (cwd: string, ...args: string[]) =>
    runCli(['apply', change.dispatchId, ...args], { env, cwd });

  it('puts the change into the checkout, uncommitted, also from below its top', async () => {
    const checkout = await cloneOf(repo);
    const { exitCode, stdout } = await apply(join(checkout, 'src'));
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('1 file +1 -3')]);
    expect(await git(checkout, 'status', '--porcelain')).toBe(' M README.md');
    expect(await readFile(join(checkout, 'README.md'), 'utf8')).toBe('# Trolley\n');
  });

  it('refuses a checkout with changes of its own, and touches nothing', async () => {
    const checkout = await cloneOf(repo);
    await writeFile(join(checkout, 'src/cart.js'), 'mine\n');
    const { exitCode, stderr } = await apply(checkout);
    expect(exitCode).toBe(6);
    expect(stderr).toMatch(/has changes that are not committed:\n {2}src\/cart\.js/);
    expect(await git(checkout, 'status', '--porcelain')).toBe(' M src/cart.js');
  });

  it('refuses a checkout of another repository, and no checkout', async () => {
    const other = await apply(await makeRepository({ 'a.txt': 'a\n' }));
    expect(other).toMatchObject({
      exitCode: 6,
      stderr: expect.stringContaining('which is not in') as string,
    });
    const none = await apply(await temporaryDirectory());
    expect(none).toMatchObject({
      exitCode: 6,
      stderr: expect.stringContaining('is in no git checkout') as string,
    });
  });

  it('goes onto a checkout that has moved on elsewhere; where it has moved on here, only with --3way', async () => {
    const elsewhere = await cloneOf(repo);
    await commit(elsewhere, 'other.txt', 'other\n');
    expect((await apply(elsewhere)).exitCode).toBe(0);

    const here = await cloneOf(repo);
    await commit(here, 'README.md', '# Basket\n');
    const refused = await apply(here);
    expect(refused.exitCode).toBe(6);
    expect(refused.stderr).toContain(`The patch is for ${change.changes!.baseCommit}`);
    expect(await git(here, 'status', '--porcelain')).toBe('');
    const merged = await apply(here, '--3way');
    expect(merged.exitCode).toBe(6);
    expect(await readFile(join(here, 'README.md'), 'utf8')).toContain('<<<<<<<');
  });

  it('says that there is nothing to apply', async () => {
    const { dispatchId } = await completed(shellTask('true'));
    const { exitCode, stdout } = await runCli(['apply', dispatchId], options);
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('changed nothing')]);
  });
});

describe('the rest of the API', () => {
  it('fleet and usage', async () => {
    expect((await runCli(['fleet'], options)).stdout).toMatch(/^claude +yes/m);
    const fleet = await cliJson<Fleet>(['fleet'], options);
    expect(fleet.agents.map(({ agent }) => agent)).toContain('codex');
    const usage = await cliJson<Usage>(['usage', '--month', '2020-01'], options);
    expect(usage).toMatchObject({ month: '2020-01', dispatches: 0 });
    expect((await runCli(['usage'], options)).stdout).toMatch(/^budget +none$/m);
  });

  it('keys: made, listed without their value, rotated and revoked', async () => {
    const made = await cliJson<CreatedApiKey>(['keys', 'create', 'ci', '-s', 'status', 'list'], options);
    const asCi = { ...options, env: { ...env, OUTPOST_API_KEY: made.key } };
    expect((await runCli(['runs'], asCi)).exitCode).toBe(0);
    const listed = await runCli(['keys', 'list'], options);
    expect(listed.stdout).toContain(`${made.apiKeyId}  ci`);
    expect(listed.stdout).not.toContain(made.key);
    const rotated = await runCli(['keys', 'rotate', made.apiKeyId, '--overlap', '0'], options);
    expect(rotated.stdout).toMatch(/otp_[0-9a-f]{64}/);
    expect((await runCli(['runs'], asCi)).exitCode).toBe(4);
    const { apiKeys } = await cliJson<{ apiKeys: ApiKey[] }>(['keys', 'list'], options);
    const next = apiKeys.find(({ apiKeyId }) => apiKeyId === made.apiKeyId)!.replacedBy!;
    expect((await runCli(['keys', 'revoke', next], options)).stdout).toContain('Revoked');
  });
});

describe('what goes wrong', () => {
  const failing = async (args: readonly string[], over: Record<string, string>) =>
    runCli(args, { ...options, env: { ...env, ...over } });

  it.each([
    [['show', ABSENT], 5, 'outpost runs'],
    [['show', 'nonsense'], 2, 'must be a dispatch id'],
    [['dispatch', '-a', 'claude', 'short'], 2, 'at least 10 characters'],
    [['dispatch', '-a', 'clippy', WRITE], 2, 'Allowed choices are claude, codex'],
    [['dispatch', WRITE], 2, '--agent'],
    [['dispatch', '-a', 'claude', '-r', 'not a repo', WRITE], 2, '--repo must be'],
    [['dispatch', '-a', 'claude', '-t', 'soon', WRITE], 2, 'whole number'],
    [['dispatch', '-a', 'claude', '-f', '/no/such/file'], 2, 'ENOENT'],
    [['runs', '--profile', 'nobody'], 2, 'profiles add nobody'],
    [['frobnicate'], 2, 'unknown command'],
  ])('outpost %j ends with %i and says %s', async (args, exitCode, message) => {
    const result = await runCli(args, options);
    expect(result).toMatchObject({ exitCode, stdout: '' });
    expect(result.stderr).toContain(message);
    expect(result.stderr).not.toMatch(/\n {4}at /);
  });

  it('says what to do without a server, without a key, with a wrong one and with too narrow a one', async () => {
    const unreachable = await failing(['runs'], { OUTPOST_URL: 'http://127.0.0.1:65535' });
    expect(unreachable).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('npm start') as string,
    });
    const keyless = await failing(['runs'], { OUTPOST_API_KEY: '' });
    expect(keyless).toMatchObject({
      exitCode: 4,
      stderr: expect.stringContaining('OUTPOST_API_KEY') as string,
    });
    const wrong = await failing(['runs'], { OUTPOST_API_KEY: randomKey() });
    expect(wrong).toMatchObject({
      exitCode: 4,
      stderr: expect.stringContaining('The key is from OUTPOST_API_KEY') as string,
    });
    const secret = 'sk-somebody-elses-secret';
    const none = await failing(['runs'], { OUTPOST_API_KEY: secret });
    expect(none).toMatchObject({ exitCode: 4, stderr: expect.not.stringContaining(secret) as string });
    const { key } = await cliJson<CreatedApiKey>(['keys', 'create', 'narrow', '-s', 'status'], options);
    const narrow = await failing(['runs'], { OUTPOST_API_KEY: key });
    expect(narrow).toMatchObject({
      exitCode: 4,
      stderr: expect.stringContaining('needs the scope list') as string,
    });
    expect(narrow.stderr).toContain('keys create');
  });

  it('a dispatch that has ended cannot be cancelled, one that runs has no patch yet', async () => {
    const { dispatchId } = await completed(shellTask('true'));
    expect((await runCli(['cancel', dispatchId], options)).exitCode).toBe(6);
    const running = await dispatched(shellTask('sleep 600'));
    expect(await runCli(['diff', running.dispatchId], options)).toMatchObject({
      exitCode: 6,
      stderr: expect.stringContaining('has no patch yet') as string,
    });
    await cliJson(['cancel', running.dispatchId, '--wait'], options);
  });
});

async function cloneOf(repository: string): Promise<string> {
  const directory = join(await temporaryDirectory(), 'clone');
  await git(repository, 'clone', '--quiet', repository, directory);
  return directory;
}

async function commit(checkout: string, file: string, content: string): Promise<void> {
  await writeFile(join(checkout, file), content);
  await git(checkout, 'add', '-A');
  await git(checkout, 'commit', '--quiet', '-m', 'On');
}
