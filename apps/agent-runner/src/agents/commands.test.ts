import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AGENT_NAMES, AGENTS, type AgentName } from '@outpost/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AgentInput } from './adapter.js';
import { adapterFor } from './index.js';

let homeDir: string;
beforeEach(async () => {
  homeDir = await mkdtemp(join(tmpdir(), 'outpost-home-'));
});
afterEach(() => rm(homeDir, { recursive: true, force: true }));

async function prepare(agent: AgentName, changes: Partial<AgentInput> = {}) {
  const prompt = 'Fix "it".\n$HOME';
  const promptFile = join(homeDir, 'given.md');
  await writeFile(promptFile, changes.prompt ?? prompt);
  return await adapterFor(agent).prepare({
    executable: `/opt/${agent}`,
    modelId: AGENTS[agent].defaultModelId,
    prompt,
    promptFile,
    homeDir,
    repoDir: '/repo',
    apiKey: 'a-key',
    baseUrl: 'http://proxy/v1',
    ...changes,
  });
}

/** The prompt, wherever the command puts it. */
async function promptOf(command: Awaited<ReturnType<typeof prepare>>): Promise<string> {
  const flag = command.args.findIndex((arg) => arg === '--prompt-file' || arg === '--message-file');
  return command.stdin ?? (await readFile(command.args[flag + 1] ?? '', 'utf8'));
}

describe.each(AGENT_NAMES)('the command of %s', (agent) => {
  const { apiKeyVariable, baseUrlVariable, defaultModelId } = AGENTS[agent];

  it('carries key, model, endpoint and prompt, and the key never as an argument', async () => {
    const command = await prepare(agent);
    const settings = agent === 'grok' ? await readFile(join(homeDir, '.grok/config.toml'), 'utf8') : '';
    expect(command.file).toBe(`/opt/${agent}`);
    expect(command.env[apiKeyVariable]).toBe('a-key');
    expect(command.args.join(' ') + settings).toContain(defaultModelId);
    expect(command.args.join(' ') + settings).not.toContain('a-key');
    expect(command.env[baseUrlVariable] ?? command.args.join(' ')).toContain('http://proxy/v1');
    expect(await promptOf(command)).toBe('Fix "it".\n$HOME');
  });

  it('sets no variable that has no value', async () => {
    const command = await prepare(agent, { apiKey: undefined, baseUrl: undefined });
    expect(command.env).not.toHaveProperty(apiKeyVariable);
    expect(command.env).not.toHaveProperty(baseUrlVariable);
    expect(Object.values(command.env).every((value) => typeof value === 'string')).toBe(true);
  });

  it.each(['/clear', '\n /exit', '!ls'])('gives the model a prompt that begins with %j', async (prompt) => {
    expect(await promptOf(await prepare(agent, { prompt }))).toBe(`Task: ${prompt}`);
  });
});

describe('settings', () => {
  it('name the real endpoints where none is given', async () => {
    const codex = await prepare('codex', { baseUrl: undefined });
    expect(codex.args.join(' ')).toContain('base_url="https://api.openai.com/v1"');
    await prepare('grok', { baseUrl: undefined });
    expect(await readFile(join(homeDir, '.grok/config.toml'), 'utf8')).toContain(
      'base_url = "https://api.x.ai/v1"',
    );
  });

  it('are for the agent alone, and cannot be broken by a model id', async () => {
    await prepare('grok', { modelId: 'a"\nb' });
    const file = join(homeDir, '.grok/config.toml');
    expect(await readFile(file, 'utf8')).toContain('model = "a\\"\\nb"\n');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('give aider the variables of the provider that its model names', async () => {
    const { env } = await prepare('aider', { modelId: 'openai/any' });
    expect(env).toMatchObject({ OPENAI_API_KEY: 'a-key', OPENAI_API_BASE: 'http://proxy/v1' });
    expect(env).not.toHaveProperty('DEEPSEEK_API_KEY');
  });
});
