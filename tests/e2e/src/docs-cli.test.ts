import {
  AGENTS_DIR,
  listeningUrl,
  makeRepository,
  PATH,
  REPOSITORY_ROOT,
  temporaryDirectory,
  until,
  workerProcesses,
} from '@outpost/test-support';
import { execa } from 'execa';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TOOLS } from './mcp/mcp-suite.js';

const docs = (name: string): string => readFileSync(join(REPOSITORY_ROOT, 'docs', name), 'utf8');
const binOf = (agent: string): string => join(AGENTS_DIR, agent, 'node_modules', '.bin');
const hasAgents = existsSync(join(binOf('codex'), 'codex')) && existsSync(join(binOf('claude'), 'claude'));
if (!hasAgents)
  console.warn('SKIPPED: claude and codex are not installed. Run: npm run outpost -- agents install');

/** The blocks that are commands, in their order. */
function commandsIn(text: string): readonly string[] {
  return [...text.matchAll(/```sh\n(.*?)```/gs)].map((match) => match[1]!);
}

describe.skipIf(!hasAgents)('the commands in the docs work as they stand', () => {
  let env: Record<string, string>;
  let repo: string;
  let url: string;
  let stop: () => Promise<void>;

  beforeAll(async () => {
    repo = await makeRepository();
    const home = await temporaryDirectory();
    const dataDir = join(home, 'data');
    env = {
      PATH: `${join(home, '.local/bin')}:${binOf('claude')}:${PATH}`,
      HOME: home,
      OUTPOST_DATA_DIR: dataDir,
      OUTPOST_AGENTS_DIR: AGENTS_DIR,
      OUTPOST_SANDBOX: 'none',
      OUTPOST_RATE_LIMIT_PER_MINUTE: '0',
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      DISABLE_AUTOUPDATER: '1',
    };
    const [setUp] = commandsIn(docs('cli.md'));
    await run(setUp!, REPOSITORY_ROOT);
    const server = execa(join(home, '.local/bin/outpost'), ['up', '--scripted-model', '--port', '0'], {
      cwd: repo,
      extendEnv: false,
      env,
      stdin: 'ignore',
      stderr: 'ignore',
      buffer: false,
      reject: false,
    });
    url = await listeningUrl(server.stdout);
    // The docs have the default.
    env = { ...env, PORT: new URL(url).port };
    stop = async () => {
      server.kill('SIGTERM');
      await server;
      for (const pid of workerProcesses(dataDir)) process.kill(pid, 'SIGTERM');
      await until(async () => workerProcesses(dataDir).length === 0 || undefined);
    };
  });
  afterAll(() => stop());

  async function run(script: string, cwd = repo): Promise<string> {
    const here = script.replaceAll('http://127.0.0.1:3000', url);
    const { stdout } = await execa('bash', ['-euo', 'pipefail', '-c', here], { cwd, extendEnv: false, env });
    return stdout;
  }

  // Twenty commands, three dispatches.
  it('docs/cli.md', { timeout: 180_000 }, async () => {
    const stdout = await run(commandsIn(docs('cli.md')).slice(1).join('\n'));
    expect(stdout).toMatch(/^codex +yes/m);
    expect(stdout).toMatch(/^COMPLETED [0-9A-Z]{26} \(/m);
    expect(stdout).toMatch(/^\+# Notes$/m);
    expect(stdout).toContain(`Applied to ${repo}: 1 file +3 -0`);
    expect(stdout).toContain('?? NOTES.md');
    expect(stdout).toMatch(/otp_[0-9a-f]{11}… +dispatch,status,list/);
    expect(stdout).toMatch(/^\* +ci +http/m);
    expect(stdout).toContain('Forgot ci.');
  });

  it('docs/mcp.md', async () => {
    const stdout = await run(commandsIn(docs('mcp.md')).join('\n'));
    expect(stdout.match(/Connected/g)).toHaveLength(2);
  });
});

it('docs/cli.md has the exit codes that there are', () => {
  const source = readFileSync(join(REPOSITORY_ROOT, 'packages/cli/src/exit-code.ts'), 'utf8');
  const known = [...source.matchAll(/^ {2}\w+: (\d+),$/gm)].map(([, code]) => Number(code));
  const told = [...docs('cli.md').matchAll(/^\| (\d+) +\|/gm)].map(([, code]) => Number(code));
  expect(told).toEqual([...known, 130]);
});

it('docs/mcp.md has the tools that there are', () => {
  const told = [...docs('mcp.md').matchAll(/^\| `(outpost_\w+)`/gm)].map(([, name]) => name!);
  expect(new Set(told)).toEqual(new Set(TOOLS));
});
