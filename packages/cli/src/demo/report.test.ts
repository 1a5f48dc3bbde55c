import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { placesOf } from './places.js';
import { renderReport } from './report.js';
import { isSuccess, type DemoDocument, type DemoRun } from './results.js';

const RUN: DemoRun = {
  agent: 'claude',
  modelId: 'claude-opus-4-5-20251101',
  dispatchId: '01K4ZJ8W2T6V0Q9S3R5X7Y1B2C',
  status: 'COMPLETED',
  filesChanged: 3,
  insertions: 29,
  deletions: 1,
  inputTokens: 1200,
  cachedInputTokens: 300,
  outputTokens: 80,
  costUsd: 0.0125,
  durationMs: 4_321,
  streamedLines: 12,
  patchApplies: true,
  patch: 'diff --git a/x b/x\n@@ -1 +1 @@\n-old\n+new \u001B[2J\u0007\n',
  artifacts: [],
};
const FAILED: DemoRun = {
  ...RUN,
  agent: 'grok',
  modelId: null,
  dispatchId: null,
  status: 'REFUSED',
  inputTokens: null,
  costUsd: null,
  durationMs: null,
  patchApplies: false,
  patch: '',
  failure: { message: 'No slot.', hint: 'Wait.' },
};
const PLACES = placesOf({ dataDir: '/data' });

function documentOf(...runs: readonly DemoRun[]): DemoDocument {
  return { mode: 'scripted', repo: '/demo/repo', dataDir: '/demo', runs };
}

test('the report has the table, the failures, one patch, the places and the verdict', () => {
  const text = stripVTControlCharacters(renderReport(documentOf(RUN, FAILED), PLACES));
  expect(text).toContain(
    'claude  COMPLETED  claude-opus-4-5-20251101      3  +29/-1        1500/80  $0.0125     4.3 s  applies',
  );
  expect(text).toMatch(/^grok +REFUSED +- +3 +\+29\/-1 +- +- +- +no$/m);
  expect(text).toContain('grok REFUSED: No slot.\n  Wait.');
  expect(text).toContain('The patch of claude:\n\ndiff --git a/x b/x\n@@ -1 +1 @@\n-old\n+new');
  expect(text).toContain('/data/demo/results/<agent>');
  expect(text).toMatch(/Not every agent completed with a patch that applies\.$/);
});

test('an agent cannot steer the terminal with its patch, nor flood it', () => {
  const long = { ...RUN, patch: `${RUN.patch}${'+line\n'.repeat(200)}` };
  const text = renderReport(documentOf(long), PLACES);
  expect(text).not.toContain('\u001B[2J');
  expect(text).not.toContain('\u0007');
  expect(text).toContain('… and 124 more lines');
  expect(stripVTControlCharacters(text)).toMatch(
    /Every agent completed, and every patch applies to its base\.$/,
  );
});

test('the demo succeeds only if every run completed with a patch that applies', () => {
  expect(isSuccess(documentOf(RUN, RUN))).toBe(true);
  expect(isSuccess(documentOf(RUN, { ...RUN, patchApplies: false }))).toBe(false);
  expect(isSuccess(documentOf({ ...RUN, status: 'TIMEOUT' }))).toBe(false);
  expect(isSuccess(documentOf())).toBe(false);
});
