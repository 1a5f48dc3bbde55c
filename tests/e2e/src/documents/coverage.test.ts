import { documentPaths, parseDocument, readDocument } from '@outpost/test-support';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { COVERAGE, problemsOf, staleCoverage } from './coverage.js';

it.each(documentPaths())('a test runs or checks every block of %s', (path) => {
  expect(problemsOf(readDocument(path))).toEqual([]);
});

it('no test is for blocks that are not there', () => {
  expect(staleCoverage()).toEqual([]);
  for (const { by } of COVERAGE) expect(existsSync(join(import.meta.dirname, by)), by).toBe(true);
});

it.each([
  [
    'sh',
    'outpost fleet',
    'docs/new.md:1: no test runs or checks its sh blocks: add docs/new.md to sessions.ts',
  ],
  ['json', '{}', 'docs/new.md:1: no test runs or checks its json blocks'],
  ['bash', 'true', 'docs/new.md:1: no test knows the language bash: take one of sh,'],
  ['', 'curl -s http://127.0.0.1:3000', 'docs/new.md:1: looks like commands'],
])('a new block of %j is noticed', (language, text, problem) => {
  const document = parseDocument('docs/new.md', `\`\`\`${language}\n${text}\n\`\`\`\n`);
  expect(problemsOf(document)).toEqual([expect.stringContaining(problem)]);
});

it('blocks that set the checkout up, and drawings, need no test of their own', () => {
  const blocks = ['```sh\n# All of it\nnpm test\n```', '```\na --> b\n```'];
  expect(problemsOf(parseDocument('docs/new.md', blocks.join('\n\n')))).toEqual([]);
});
