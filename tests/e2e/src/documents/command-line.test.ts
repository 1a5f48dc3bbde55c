import { createProgram } from '@outpost/cli/program';
import {
  AGENTS_DIR,
  isInstalled,
  makeRepository,
  openDocumentSite,
  PATH,
  readDocument,
  REPOSITORY_ROOT,
  section,
  type DocumentSite,
} from '@outpost/test-support';
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TOOLS } from '../mcp/mcp-suite.js';
import { commandsOf } from './blocks.js';

const CLI = readDocument('docs/cli.md');
const MCP = readDocument('docs/mcp.md');
const binOf = (agent: string): string => join(AGENTS_DIR, agent, 'node_modules', '.bin');
const hasAgents = isInstalled('codex') && isInstalled('claude');
if (!hasAgents)
  console.warn('SKIPPED: claude and codex are not installed. Run: npm run outpost -- agents install');

// The agents are real, as are claude's settings for MCP servers.
describe.skipIf(!hasAgents)('the commands for a shell work as they stand', () => {
  let site: DocumentSite;

  beforeAll(async () => {
    site = await openDocumentSite({ agents: 'real' });
  });
  afterAll(() => site.close());

  // Some twenty commands, three dispatches.
  it('docs/cli.md', { timeout: 180_000 }, async () => {
    const [setUp, ...commands] = commandsOf(CLI);
    await rm(join(site.home, '.local'), { recursive: true });
    await site.run([setUp!], { cwd: REPOSITORY_ROOT });
    const cwd = await makeRepository();
    const stdout = await site.run(commands, { cwd, isUnset: true });
    expect(stdout).toMatch(/^codex +yes/m);
    expect(stdout).toMatch(/^COMPLETED [0-9A-Z]{26} \(/m);
    expect(stdout).toMatch(/^\+# Notes$/m);
    expect(stdout).toContain(`Applied to ${cwd}: 1 file +3 -0`);
    expect(stdout).toContain('?? NOTES.md');
    expect(stdout).toMatch(/otp_[0-9a-f]{11}… +dispatch,status,list/);
    expect(stdout).toMatch(/^PROFILE +44 .* Strict TypeScript\./m);
    expect(stdout).toMatch(/^\* +ci +http/m);
    expect(stdout).toContain('Forgot ci.');
  });

  it('docs/mcp.md', async () => {
    const env = {
      PATH: `${join(site.home, '.local/bin')}:${binOf('claude')}:${PATH}`,
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      DISABLE_AUTOUPDATER: '1',
    };
    const stdout = await site.run(commandsOf(MCP), { isUnset: true, env });
    expect(stdout.match(/Connected/g)).toHaveLength(2);
  });
});

it('docs/cli.md has the commands that there are, with those below them', () => {
  const words = (cell: string): string[] => [...cell.matchAll(/`([a-z]+)\b[^`]*`/g)].map(([, word]) => word!);
  const rows = section(CLI, 'Commands').text.matchAll(/^\| (`.*?) +\| (.*?) +\|$/gm);
  const told = [...rows].map(([, names = '', does = '']) => ({ names: words(names), does }));
  const program = createProgram();
  const commands = program.createHelp().visibleCommands(program);
  const named = commands.map((command) => command.name()).filter((name) => name !== 'help');
  expect(told.flatMap(({ names }) => names).toSorted()).toEqual(named.toSorted());
  for (const { names, does } of told) {
    const below = commands
      .filter((command) => names.includes(command.name()))
      .flatMap((command) => command.commands.map((each) => each.name()));
    expect([...does.matchAll(/`([a-z]+)`/g)].map(([, word]) => word)).toEqual(below);
  }
});

it('docs/cli.md has the exit codes that there are', () => {
  const source = readFileSync(join(REPOSITORY_ROOT, 'packages/cli/src/exit-code.ts'), 'utf8');
  const known = [...source.matchAll(/^ {2}\w+: (\d+),$/gm)].map(([, code]) => Number(code));
  const told = [...CLI.text.matchAll(/^\| (\d+) +\|/gm)].map(([, code]) => Number(code));
  expect(told).toEqual([...known, 130]);
});

it('docs/mcp.md has the tools that there are', () => {
  const told = [...MCP.text.matchAll(/^\| `(outpost_\w+)`/gm)].map(([, name]) => name!);
  expect(new Set(told)).toEqual(new Set(TOOLS));
});
