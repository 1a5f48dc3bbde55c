import type { Dispatch, DispatchPage, LogLine, Promoted } from '@outpost/contracts';
import { git, makeRepository, shellTask, temporaryDirectory, type Outpost } from '@outpost/test-support';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCliWorld, type CliWorld } from './cli/cli-world.js';
import { cliJson, runCli, startCli, type CliOptions } from './cli/run-cli.js';

const WRITE = shellTask('echo hello > greeting.txt; echo wrote it');

let world: CliWorld;
let outpost: Outpost;
let repo: string;
let env: CliWorld['env'];
let options: CliOptions;

beforeAll(async () => {
  world = await openCliWorld();
  ({ outpost, repo, env, options } = world);
});
afterAll(() => outpost.stop());

describe('what a dispatch did', () => {
  let ended: Dispatch;
  beforeAll(async () => {
    ended = await world.completed(WRITE);
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

    // A URL expires by the second in which it was asked for.
    const { artifactUrl, ...latest } = await cliJson<Dispatch>(['show', 'latest'], options);
    expect(artifactUrl).toContain(`/artifacts/${ended.dispatchId}/changes.patch?`);
    expect(await outpost.get(ended.dispatchId)).toEqual({
      ...latest,
      artifactUrl: expect.any(String) as string,
    });
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
    const { stderr } = await runCli(['runs', '--limit', '1'], options);
    expect(stderr).toMatch(/More: outpost runs --cursor \S+/);
  });

  it('is a patch, byte for byte, also of what is no text', async () => {
    const binary = await world.completed(
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
    change = await world.completed(shellTask('echo "# Trolley" > README.md'));
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
    const { dispatchId } = await world.completed(shellTask('true'));
    const { exitCode, stdout } = await runCli(['apply', dispatchId], options);
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('changed nothing')]);
  });
});

describe('outpost promote', () => {
  it('pushes the change as a branch, and the same when it is asked again', async () => {
    const { dispatchId } = await world.completed(shellTask('echo more > more.txt; echo less > less.txt'));
    const args = ['promote', dispatchId, '--branch', 'feature/more', '--title', 'More', '--path', 'more.txt'];
    const { exitCode, stdout, stderr } = await runCli(args, options);
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toMatch(/^branch +feature\/more$/m);
    expect(await git(repo, 'show', '--format=%s', '--name-only', 'feature/more')).toBe('More\n\nmore.txt');
    const again = await cliJson<Promoted>(args, options);
    expect(again.commit).toBe(await git(repo, 'rev-parse', 'feature/more'));
    expect((await runCli(['show', dispatchId], options)).stdout).toMatch(
      /^promoted +feature\/more COMPLETED/m,
    );
  });

  it('says why it is refused', async () => {
    const { dispatchId } = await world.completed(shellTask('exit 3'));
    const { exitCode, stderr } = await runCli(['promote', dispatchId], options);
    expect([exitCode, stderr]).toEqual([6, expect.stringContaining('FAILED')]);
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
