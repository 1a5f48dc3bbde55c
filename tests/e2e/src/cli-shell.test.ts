import { PATH, REPOSITORY_ROOT, temporaryDirectory } from '@outpost/test-support';
import { execa } from 'execa';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { bareEnvironment, cliJson, runCli } from './cli/run-cli.js';

interface Diagnosis {
  readonly ready: boolean;
  readonly checks: readonly { readonly name: string; readonly ok: boolean; readonly fix?: string }[];
}

let env: Record<string, string>;
beforeAll(async () => {
  const bin = await temporaryDirectory();
  // As it is put on PATH.
  await symlink(join(REPOSITORY_ROOT, 'packages/cli/bin/outpost'), join(bin, 'outpost'));
  env = { ...(await bareEnvironment()), PATH: `${bin}:${PATH}` };
});

async function has(shell: string): Promise<boolean> {
  return !(await execa(shell, ['--version'], { reject: false })).failed;
}
const hasZsh = await has('zsh');
const hasFish = await has('fish');

describe('completion', () => {
  it('in bash', async () => {
    const script = `eval "$(outpost completion bash)"
      complete -p outpost
      complete_words() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _outpost_complete; printf "%s\\n" "\${COMPREPLY[@]}"; }
      complete_words outpost di
      complete_words outpost dispatch --agent ''
      complete_words outpost keys ro`;
    const { stdout } = await execa('bash', ['-c', script], { extendEnv: false, env });
    expect(stdout.split('\n').slice(1)).toEqual(
      ['dispatch\ndiff', 'claude\ncodex\ngemini\naider\ngrok', 'rotate'].flatMap((each) => each.split('\n')),
    );
    expect(stdout).toContain('_outpost_complete outpost');
  });

  it.skipIf(!hasZsh)('in zsh', async () => {
    const script = `autoload -Uz compinit; compinit -u -d "$HOME/.zcompdump"
      eval "$(outpost completion zsh)"
      _describe() { print -l -- "\${(@)candidates}" }
      words=(outpost di); CURRENT=2; _outpost
      words=(outpost dispatch --agent co); CURRENT=4; _outpost`;
    const { stdout } = await execa('zsh', ['-f', '-c', script], { extendEnv: false, env });
    expect(stdout.split('\n').map((line) => line.split(':')[0])).toEqual(['dispatch', 'diff', 'codex']);
  });

  it.skipIf(!hasFish)('in fish', async () => {
    const script = `outpost completion fish | source; complete --do-complete 'outpost dispatch --agent co'`;
    const { stdout } = await execa('fish', ['--no-config', '-c', script], { extendEnv: false, env });
    expect(stdout.trim()).toBe('codex');
  });
});

describe('outpost doctor', () => {
  it('says what is missing, and how to get it', async () => {
    const { exitCode, stdout } = await runCli(['doctor'], {
      env: { ...env, OUTPOST_URL: 'http://127.0.0.1:65535' },
    });
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/codex CLI +not installed\n +npm run outpost -- agents install codex/);
    expect(stdout).toMatch(/claude key +none\n +Set ANTHROPIC_API_KEY/);
    expect(stdout).toMatch(/server +Cannot reach Outpost.*\n +Start one: npm start/);
    expect(stdout).toContain('No agent can run here yet.');
  });

  it('finds keys in the environment and in secrets.json, and shows none', async () => {
    const data = await temporaryDirectory();
    await mkdir(data, { recursive: true });
    const secrets = { tenants: { default: { agents: { codex: 'sk-codex-secret' } } } };
    await writeFile(join(data, 'secrets.json'), JSON.stringify(secrets), { mode: 0o600 });
    const own = { ...env, OUTPOST_DATA_DIR: data, GEMINI_API_KEY: 'gemini-secret' };
    const { stdout } = await runCli(['doctor', '--json'], { env: own });
    expect(stdout).not.toContain('secret"');
    const { checks } = JSON.parse(stdout) as Diagnosis;
    const found = checks.filter(({ name, ok }) => name.endsWith(' key') && ok).map(({ name }) => name);
    expect(found).toEqual(['codex key', 'gemini key']);
  });

  it('lists what is pinned, as JSON too', async () => {
    const { agents } = await cliJson<{ agents: { agent: string; installed: string | null }[] }>(
      ['agents', 'list'],
      { env },
    );
    expect(agents.map(({ agent }) => agent)).toContain('claude');
    expect(agents.every(({ installed }) => installed === null)).toBe(true);
  });
});
