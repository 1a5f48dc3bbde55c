import { AGENTS, type Dispatch, type DispatchPage } from '@outpost/contracts';
import { startScriptedModel, type ScriptedModel } from '@outpost/scripted-model';
import {
  AGENTS_DIR,
  applyPatch,
  makeRepository,
  Outpost,
  PATH,
  scriptedProviders,
  temporaryDirectory,
} from '@outpost/test-support';
import { execa } from 'execa';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLI } from './cli/run-cli.js';

const executableOf = (agent: 'claude' | 'codex'): string =>
  join(AGENTS_DIR, agent, 'node_modules', '.bin', AGENTS[agent].executable);
const isInstalled = existsSync(executableOf('claude')) && existsSync(executableOf('codex'));
if (!isInstalled) {
  console.warn('SKIPPED: claude and codex are not installed. Run: npm run outpost -- agents install');
}

describe.skipIf(!isInstalled)('Claude Code, with Outpost as an MCP server', () => {
  let model: ScriptedModel;
  let outpost: Outpost;
  let repo: string;

  beforeAll(async () => {
    model = await startScriptedModel();
    repo = await makeRepository();
    const env = scriptedProviders((agent) => model.baseUrlFor(agent));
    outpost = await Outpost.start({ dataDir: await temporaryDirectory(), env });
  });
  afterAll(async () => {
    await outpost.stop();
    await model.stop();
  });

  /** The real CLI, in a home of its own. */
  async function claude(home: string, args: readonly string[], input?: string) {
    return execa(executableOf('claude'), [...args], {
      cwd: home,
      extendEnv: false,
      env: {
        PATH,
        HOME: home,
        ANTHROPIC_API_KEY: 'dummy-key-of-claude-0123456789',
        ANTHROPIC_BASE_URL: model.url,
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
        DISABLE_AUTOUPDATER: '1',
        IS_SANDBOX: '1',
      },
      ...(input === undefined ? { stdin: 'ignore' } : { input }),
    });
  }

  const adding: readonly (readonly [string, () => readonly string[]])[] = [
    [
      'http',
      () => {
        const header = `Authorization: Bearer ${outpost.apiKey}`;
        return ['--transport', 'http', 'outpost', `${outpost.url}/mcp`, '--header', header];
      },
    ],
    [
      'stdio',
      () => {
        const env = ['--env', `OUTPOST_URL=${outpost.url}`, '--env', `OUTPOST_API_KEY=${outpost.apiKey}`];
        return ['outpost', ...env, '--', process.execPath, CLI, 'mcp'];
      },
    ],
  ];

  it.each(adding)('over %s it has codex change a repository', async (transport, argsOf) => {
    const home = await temporaryDirectory();
    await claude(home, ['mcp', 'add', ...argsOf()]);
    expect((await claude(home, ['mcp', 'get', 'outpost'])).stdout).toContain('Connected');

    const marker = `CODEX-WRITES-OVER-${transport.toUpperCase()}`;
    model.script({ marker, files: [{ path: 'greeting.txt', content: `hello over ${transport}\n` }] });
    model.script({
      marker: `DELEGATE-THE-WORK-OVER-${transport.toUpperCase()}`,
      calls: [
        {
          name: 'mcp__outpost__outpost_dispatch',
          input: { agent: 'codex', task: `Do ${marker} in this repository.`, repo, waitSeconds: 50 },
        },
        { name: 'mcp__outpost__outpost_list_runs', input: { agent: 'codex', limit: 1 } },
      ],
      finalMessage: 'Codex has done it.',
    });
    const prompt = `DELEGATE-THE-WORK-OVER-${transport.toUpperCase()}, please.`;
    const flags = ['-p', '--output-format', 'stream-json', '--verbose', '--dangerously-skip-permissions'];
    const { stdout } = await claude(home, flags, prompt);
    expect(stdout).toContain('Codex has done it.');
    // What the tool answered, as claude saw it.
    expect(stdout).toContain('filesChanged');

    const { runs } = (await outpost.call<DispatchPage>('GET', '/runs?limit=1')).body;
    const dispatch: Dispatch = runs[0]!;
    expect(dispatch).toMatchObject({ agent: 'codex', status: 'COMPLETED', changes: { filesChanged: 1 } });
    const patch = await outpost.artifactBytes(dispatch.dispatchId, 'changes.patch');
    const clone = await applyPatch(repo, dispatch.changes!.baseCommit, patch);
    expect(await readFile(join(clone, 'greeting.txt'), 'utf8')).toBe(`hello over ${transport}\n`);
  });
});
