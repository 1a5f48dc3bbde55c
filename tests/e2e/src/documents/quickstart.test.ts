import { AGENTS } from '@outpost/contracts';
import {
  AGENTS_DIR,
  isInstalled,
  makeRepository,
  openDocumentSite,
  PATH,
  readDocument,
  REPOSITORY_ROOT,
} from '@outpost/test-support';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { commandsOf } from './blocks.js';
import { unknownIn, wordsOf } from './known-commands.js';

const [setUp, ...rest] = commandsOf(readDocument('docs/quickstart.md'));
const isStart = ({ text }: { readonly text: string }): boolean => /\boutpost up\b/.test(text);
const binOf = (agent: string): string => join(AGENTS_DIR, agent, 'node_modules', '.bin');
const hasAgents = isInstalled('codex') && isInstalled('claude');
if (!hasAgents)
  console.warn('SKIPPED: claude and codex are not installed. Run: npm run outpost -- agents install');

it('the two ways of docs/quickstart.md to start are commands that there are', () => {
  const [withKey, scripted] = rest.filter(isStart).map(({ text }) => text.trim());
  expect(withKey).toMatch(new RegExp(`^${AGENTS.codex.apiKeyVariable}=\\S+ outpost up$`));
  expect(unknownIn(wordsOf(scripted!))).toEqual([]);
  expect(scripted).toBe('outpost up --scripted-model');
});

// What the second of them starts is there before; a repository with a data directory in it stands in for the checkout.
it.skipIf(!hasAgents)(
  'the commands of docs/quickstart.md work as they stand',
  { timeout: 120_000 },
  async () => {
    const cwd = await makeRepository();
    const site = await openDocumentSite({ agents: 'real', dataDir: join(cwd, '.outpost') });
    try {
      await rm(join(site.home, '.local'), { recursive: true });
      const doctor = await site.run([setUp!], { cwd: REPOSITORY_ROOT, isUnset: true });
      expect(doctor).toMatch(/ok codex CLI/);
      const path = `${join(REPOSITORY_ROOT, 'packages/cli/bin')}:${binOf('claude')}:${PATH}`;
      const env = { PATH: path, CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1', DISABLE_AUTOUPDATER: '1' };
      const blocks = rest.filter((block) => !isStart(block));
      const stdout = await site.run(blocks, { cwd, isUnset: true, env });
      expect(stdout).toContain(`Applied to ${cwd}: 1 file +3 -0`);
      expect(stdout).toContain('?? NOTES.md');
      expect(stdout).toContain('event: end\ndata: {"status":"COMPLETED"}');
      expect(stdout.match(/diff --git a\/NOTES\.md b\/NOTES\.md/g)).toHaveLength(2);
      expect(stdout).toMatch(/stdio MCP server outpost/);
    } finally {
      await site.close();
    }
  },
);
