import {
  documentPaths,
  git,
  isInstalled,
  makeRepository,
  openDocumentSite,
  readDocument,
  REPOSITORY_ROOT,
  section,
} from '@outpost/test-support';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { commandsOf } from './blocks.js';

const README = readDocument('README.md');
const hasCodex = isInstalled('codex');
if (!hasCodex) console.warn('SKIPPED: codex is not installed. Run: npm run outpost -- agents install codex');

it.skipIf(!hasCodex)('the first dispatch of the README works as it stands', async () => {
  const cwd = await makeRepository();
  const site = await openDocumentSite({ agents: 'real', dataDir: join(cwd, '.outpost') });
  try {
    const stdout = await site.run(commandsOf(README), { cwd, isUnset: true });
    expect(stdout).toContain('"status":"PENDING"');
    expect(stdout).toContain('event: end\ndata: {"status":"COMPLETED"}');
    expect(stdout).toMatch(/NOTES\.md \| +\d+ \+/);
    expect(await git(cwd, 'status', '--porcelain', '--', 'changes.patch')).toBe('?? changes.patch');
  } finally {
    await site.close();
  }
});

const VARIABLE = /\b(PORT|HOST|AWS_REGION|OUTPOST_[A-Z_]+|[A-Z_]+_(API_KEY|API_BASE|BASE_URL))\b/g;

function variablesIn(...texts: string[]): string[] {
  const named = new Set(texts.join('\n').match(VARIABLE));
  for (const example of ['OUTPOST_AGENT_COMMAND_CLAUDE', 'OUTPOST_AGENT_IMAGE_CLAUDE']) named.delete(example);
  return [...named].toSorted();
}

const sourceOf = (file: string): string => readFileSync(join(REPOSITORY_ROOT, file), 'utf8');

it('the configuration table of the README names every variable that is read, and no other', () => {
  const read = [
    'apps/control-plane/src/config.ts',
    'packages/cli/src/config.ts',
    'packages/contracts/src/agents.ts',
    'packages/platform/src/settings/repositories.ts',
    'packages/platform/src/settings/sandbox.ts',
    'packages/platform/src/settings/webhooks.ts',
  ].map(sourceOf);
  expect(variablesIn(section(README, 'Configuration').text)).toEqual(variablesIn(...read));
});

it('docs/aws.md names every variable that aws mode reads, and no other', () => {
  const documented = section(readDocument('docs/aws.md'), 'What the control plane reads').text;
  const always = ['OUTPOST_MODE', 'OUTPOST_DATA_DIR', 'OUTPOST_AGENTS_DIR'];
  const named = variablesIn(documented).filter((variable) => !always.includes(variable));
  expect(named).toEqual(variablesIn(sourceOf('packages/platform/src/settings/aws.ts')));
});

it('the README leads to every document', () => {
  const linked = README.links.map(({ text }) => text);
  const documents = documentPaths().filter(
    (path) => path !== 'README.md' && !path.startsWith('docs/agents/'),
  );
  expect(documents.filter((path) => !linked.includes(path))).toEqual([]);
});
