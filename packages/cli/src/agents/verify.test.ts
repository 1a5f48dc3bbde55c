import { expect, test } from 'vitest';
import { mentions } from './verify.js';

test.each([
  ['2.1.330 (Claude Code)', true],
  ['codex-cli 2.1.330', true],
  ['grok v2.1.330\n', true],
  ['2.1.3301', false],
  ['12.1.330', false],
  ['2.1.330-beta.1', false],
  ['', false],
])('%j mentions 2.1.330: %j', (text, expected) => {
  expect(mentions(text, '2.1.330')).toBe(expected);
});
