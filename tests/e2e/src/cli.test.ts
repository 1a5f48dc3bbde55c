import type { ApiKey, CreatedApiKey, DeletedWorkspace, Fleet, Usage } from '@outpost/contracts';
import { randomKey, shellTask, type Outpost } from '@outpost/test-support';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCliWorld, type CliWorld } from './cli/cli-world.js';
import { cliJson, runCli, type CliOptions } from './cli/run-cli.js';

const ABSENT = '01K4ZJ8W2T6V0Q9S3R5X7Y1B2C';

const WRITE = shellTask('echo hello > greeting.txt; echo wrote it');

let world: CliWorld;
let outpost: Outpost;
let env: CliWorld['env'];
let options: CliOptions;

beforeAll(async () => {
  world = await openCliWorld();
  ({ outpost, env, options } = world);
});
afterAll(() => outpost.stop());

describe('the rest of the API', () => {
  it('fleet and usage', async () => {
    expect((await runCli(['fleet'], options)).stdout).toMatch(/^claude +yes/m);
    const fleet = await cliJson<Fleet>(['fleet'], options);
    expect(fleet.agents.map(({ agent }) => agent)).toContain('codex');
    const usage = await cliJson<Usage>(['usage', '--month', '2020-01'], options);
    expect(usage).toMatchObject({ month: '2020-01', dispatches: 0 });
    expect((await runCli(['usage'], options)).stdout).toMatch(/^budget +none$/m);
  });

  it('workspaces: listed, shown and deleted', async () => {
    const { workspaceId, dispatchId } = await world.dispatched('--keep-workspace', shellTask('true'));
    await outpost.ended(dispatchId);
    expect((await runCli(['workspaces', 'list'], options)).stdout).toContain(`${workspaceId}  ${world.repo}`);
    const shown = await runCli(['workspaces', 'show', workspaceId], options);
    expect(shown.stdout).toMatch(new RegExp(`^last +${dispatchId} claude COMPLETED$`, 'm'));
    const deleted = await cliJson<DeletedWorkspace>(['workspaces', 'delete', workspaceId], options);
    expect(deleted.workspaceId).toBe(workspaceId);
    expect((await runCli(['workspaces', 'show', workspaceId], options)).exitCode).toBe(5);
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
    const { dispatchId } = await world.completed(shellTask('true'));
    expect((await runCli(['cancel', dispatchId], options)).exitCode).toBe(6);
    const running = await world.dispatched(shellTask('sleep 600'));
    expect(await runCli(['diff', running.dispatchId], options)).toMatchObject({
      exitCode: 6,
      stderr: expect.stringContaining('has no patch yet') as string,
    });
    await cliJson(['cancel', running.dispatchId, '--wait'], options);
  });
});
