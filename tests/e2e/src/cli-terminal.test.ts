import type { Dispatch } from '@outpost/contracts';
import { makeRepository, shellTask, startWithFakeAgent, type Outpost } from '@outpost/test-support';
import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bareEnvironment, cliJson, runCli } from './cli/run-cli.js';
import { hasTerminal, startInTerminal } from './cli/terminal.js';

const ESC = '\u001B[';
const CTRL_C = '\u0003';
const isPossible = await hasTerminal();
if (!isPossible) console.warn('SKIPPED: there is no `script` to make a terminal (Debian: bsdutils)');

describe.skipIf(!isPossible)('in a terminal', () => {
  let outpost: Outpost;
  let repo: string;
  let env: Record<string, string>;

  beforeAll(async () => {
    outpost = await startWithFakeAgent();
    repo = await makeRepository();
    env = { ...(await bareEnvironment()), OUTPOST_URL: outpost.url, OUTPOST_API_KEY: outpost.apiKey };
  });
  afterAll(() => outpost.stop());

  it('--wait shows a progress line that makes way for the log', async () => {
    const gate = join(outpost.dataDir, 'gate');
    const task = shellTask(
      String.raw`printf 'steer \033[2J me\n'; until test -e ${gate}; do sleep 0.05; done`,
    );
    const terminal = startInTerminal(['dispatch', '-a', 'claude', '-w', task], { env, cwd: repo });
    await terminal.until(/claude · RUNNING · run · \d+ s/);
    await terminal.until(/steer {1,2}me\r\n/);
    await writeFile(gate, '');
    expect(await terminal.ended).toBe(0);
    const shown = terminal.shown();
    expect(shown).toContain(`${ESC}2K`);
    expect(shown).not.toContain(`${ESC}2J`);
    expect(shown).toContain(`${ESC}32mCOMPLETED`);
    // Nothing is left of the line.
    expect(shown.slice(shown.lastIndexOf('COMPLETED'))).not.toContain('·');
  });

  it('shows no colour with NO_COLOR', async () => {
    const terminal = startInTerminal(['runs'], { env: { ...env, NO_COLOR: '1' }, cwd: repo });
    expect(await terminal.ended).toBe(0);
    expect(terminal.shown()).toContain('COMPLETED');
    expect(terminal.shown()).not.toContain(`${ESC}3`);
    const coloured = startInTerminal(['runs'], { env, cwd: repo });
    expect(await coloured.ended).toBe(0);
    expect(coloured.shown()).toContain(`${ESC}32mCOMPLETED`);
  });

  it('Ctrl-C leaves the dispatch running, as it was told', async () => {
    const terminal = startInTerminal(['dispatch', '-a', 'claude', '-w', shellTask('sleep 600')], {
      env,
      cwd: repo,
    });
    const [, dispatchId] = await terminal.until(/Dispatched (\w{26}) to claude\. Ctrl-C leaves it running\./);
    await terminal.until(/RUNNING/);
    terminal.type(CTRL_C);
    expect(await terminal.ended).toBe(130);
    expect(terminal.shown()).toContain(`Left running: ${dispatchId}`);
    expect((await outpost.get(dispatchId!)).status).toBe('RUNNING');
    await cliJson(['cancel', dispatchId!, '--wait'], { env });
  });

  it('asks for the task in the editor, and leaves out what is commented', async () => {
    const editor = join(outpost.dataDir, 'editor.sh');
    await writeFile(editor, '#!/bin/sh\nprintf "Have a look around.\\n# not this\\n" > "$2"\n');
    await chmod(editor, 0o755);
    const EDITOR = `${editor} --wait`;
    const terminal = startInTerminal(['dispatch', '-a', 'claude'], { env: { ...env, EDITOR }, cwd: repo });
    expect(await terminal.ended).toBe(0);
    const newest = await cliJson<Dispatch>(['show', 'latest'], { env });
    expect(newest.task).toBe('Have a look around.');

    const empty = startInTerminal(['dispatch', '-a', 'claude'], {
      env: { ...env, EDITOR: 'true' },
      cwd: repo,
    });
    expect(await empty.ended).toBe(2);
    expect(empty.shown()).toContain('nothing was dispatched');
  });

  it('asks for the key of a profile, shows none of it, and keeps it for this user alone', async () => {
    const { OUTPOST_URL: _, OUTPOST_API_KEY: __, ...bare } = env;
    const args = ['profiles', 'add', 'here', '--url', outpost.url];
    const terminal = startInTerminal(args, { env: bare, cwd: repo });
    await terminal.until(/API key for http.*: /);
    terminal.type(`${outpost.apiKey}\r`);
    expect(await terminal.ended).toBe(0);
    expect(terminal.shown()).not.toContain(outpost.apiKey.slice(4));
    const file = join(bare['XDG_CONFIG_HOME']!, 'outpost', 'config.json');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readFile(file, 'utf8')).toContain(outpost.apiKey);

    expect((await runCli(['fleet'], { env: bare })).exitCode).toBe(0);
    expect((await runCli(['profiles', 'list'], { env: bare })).stdout).toMatch(/^\* +here +http/m);
    const piped = await runCli(['profiles', 'add', 'two', '--url', outpost.url], {
      env: bare,
      input: `${outpost.apiKey}\n`,
    });
    expect(piped).toMatchObject({ exitCode: 0, stdout: 'Kept two.' });
    expect((await runCli(['runs', '--profile', 'two'], { env: bare })).exitCode).toBe(0);
    await cliJson(['profiles', 'use', 'two'], { env: bare });
    await cliJson(['profiles', 'remove', 'here'], { env: bare });
    expect(await cliJson(['profiles', 'list'], { env: bare })).toEqual({
      profiles: [{ name: 'two', url: outpost.url, current: true }],
    });
  });
});
