import { AGENT_NAMES, AGENTS, type AgentName } from '@outpost/contracts';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { adapterFor, type AgentCommand } from './index.js';

const DOCUMENTS = new URL('../../../../docs/agents/', import.meta.url);

/** "How it is run" of an agent's page. */
function howItIsRun(agent: AgentName): string {
  const page = readFileSync(new URL(`${agent}.md`, DOCUMENTS), 'utf8');
  return page.split('\n## How it is run\n')[1]!.split('\n## ')[0]!;
}

function blockIn(text: string, language: string): string | undefined {
  return new RegExp(`\n\`\`\`${language}\n(.*?)\`\`\``, 's').exec(text)?.[1];
}

/** Variables and their values, as the table has them. */
function variablesIn(text: string): Record<string, string> {
  const rows = [...text.matchAll(/^\| `(\w+)` +\| (.+?) +\|/gm)];
  return Object.fromEntries(rows.map(([, name, value]) => [name!, value!.replaceAll('`', '')]));
}

const PLACEHOLDERS = { modelId: 'MODEL', promptFile: 'PROMPT', prompt: 'Do it.' };

async function prepare(
  agent: AgentName,
  { baseUrl, apiKey }: { readonly baseUrl?: string; readonly apiKey: string },
): Promise<{ readonly command: AgentCommand; readonly homeDir: string }> {
  const homeDir = await mkdtemp(join(tmpdir(), 'outpost-documents-'));
  onTestFinished(() => rm(homeDir, { recursive: true, force: true }));
  const { executable } = AGENTS[agent];
  const input = { ...PLACEHOLDERS, executable, apiKey, homeDir, repoDir: '/repo', baseUrl };
  return { command: await adapterFor(agent).prepare(input), homeDir };
}

describe.each(AGENT_NAMES)('docs/agents/%s.md', (agent) => {
  const text = howItIsRun(agent);

  it('has the command as it is run', async () => {
    const { command, homeDir } = await prepare(agent, { apiKey: 'the key' });
    const words = [command.file, ...command.args.map((word) => word.replace(homeDir, 'HOME'))];
    if (command.stdin !== undefined) words.push('<', 'PROMPT');
    expect(blockIn(text, '')?.trim().split(/\s+/)).toEqual(words);
  });

  it('has the variables that it gets', async () => {
    const { command } = await prepare(agent, { apiKey: 'the key', baseUrl: 'the endpoint' });
    // Codex has it in an argument.
    const isRoot = process.getuid?.() === 0;
    const documented = variablesIn(text);
    if (!isRoot) delete documented['IS_SANDBOX'];
    expect(documented).toEqual(command.env);
  });
});

it.each(['gemini', 'grok'] as const)('docs/agents/%s.md has the settings in its HOME', async (agent) => {
  const text = howItIsRun(agent);
  const { homeDir } = await prepare(agent, { apiKey: 'the key' });
  const file = /`(\.\w+\/[\w.]+)` in its `HOME`/.exec(text)![1]!;
  const written = await readFile(join(homeDir, file), 'utf8');
  if (file.endsWith('.json')) expect(JSON.parse(blockIn(text, 'json')!)).toEqual(JSON.parse(written));
  else expect(blockIn(text, 'toml')).toBe(written);
});
