import { failure } from '@outpost/contracts';
import { dispatchSpec, ending } from '@outpost/platform/testing';
import { describe, expect, test } from 'vitest';
import { commitMessage, pullRequestBody, testsOf, titleOf, type EndedRecord } from './promotion-text.js';

const { to: status, ...OUTCOME } = ending('COMPLETED');
const SPEC = dispatchSpec({ task: 'Write a test.', modelId: 'model-1' });
const RECORD = { ...SPEC, ...OUTCOME, status } as EndedRecord;
const FACTS = {
  record: RECORD,
  body: undefined,
  filesChanged: 1,
  paths: undefined,
  base: 'main',
  isRebased: false,
  letThrough: [],
};

describe('a title', () => {
  test.each([
    ['Fix the cart', 'Fix the cart'],
    ['\n\n  Fix the cart  \nand more', 'Fix the cart'],
    ['# Fix the cart\n', 'Fix the cart'],
    ['---\n***\nFix\tthe\u0000cart', 'Fix the cart'],
    ['word '.repeat(30), `${'word '.repeat(14).trim()}…`],
    ['x'.repeat(100), `${'x'.repeat(71)}…`],
  ])('of %j is %j', (task, title) => {
    expect(titleOf(task)).toBe(title);
  });
});

test('a commit says which dispatch it is of, and which agent did it', () => {
  expect(commitMessage(RECORD, 'Fix the cart')).toBe(
    `Fix the cart\n\nOutpost-Dispatch: ${SPEC.dispatchId}\nCo-authored-by: Claude Code <claude@agents.outpost.invalid>\n`,
  );
});

describe('the body of a pull request', () => {
  test('says what was asked, who did it, what it changes and what it cost', () => {
    expect(pullRequestBody(FACTS)).toBe(
      [
        '**Task**',
        '',
        '```text',
        'Write a test.',
        '```',
        '',
        '| | |',
        '| --- | --- |',
        '| Agent | Claude Code, model `model-1` |',
        `| Dispatch | \`${SPEC.dispatchId}\`, completed |`,
        '| Change | 1 file against `main` |',
        '| Tests | not run by Outpost |',
        '| Cost | not known |',
      ].join('\n'),
    );
  });

  test('says what a reviewer should be wary of', () => {
    const cost = { currency: 'USD', compute: 0, llm: 0.25, total: 0.25, basis: 'reported' } as const;
    const usage = { inputTokens: 12, outputTokens: 34, cacheReadTokens: 0, cacheWriteTokens: 0 };
    const timeout = failure('timed_out', 'Too long.');
    const body = pullRequestBody({
      ...FACTS,
      record: { ...RECORD, status: 'TIMEOUT', failure: timeout, cost, usage },
      body: 'Closes #1.',
      filesChanged: 2,
      paths: ['src'],
      isRebased: true,
      letThrough: ['src/a.ts:3 (github)'],
    });
    expect(body.startsWith('Closes #1.\n\n**Task**')).toBe(true);
    expect(body).toContain('**TIMEOUT** (timed_out): the work may not be finished');
    expect(body).toContain(
      '2 files against `main`, only those that were asked for, taken over to newer commits',
    );
    expect(body).toContain('$0.2500, 12 tokens in and 34 out');
    expect(body).toContain('> [!WARNING]\n> These look like secrets');
    expect(body).toContain('> - `src/a.ts:3 (github)`');
    const withoutUsage = pullRequestBody({ ...FACTS, record: { ...RECORD, status: 'FAILED', cost } });
    expect(withoutUsage).toContain('| Cost | $0.2500 |');
    expect(withoutUsage).toContain('**FAILED**: the work');
  });

  test('lets no task mention anybody, close an issue or break out', () => {
    const task = 'Hello @octocat, fixes #1\n```\n````\n<script>';
    const body = pullRequestBody({ ...FACTS, record: { ...RECORD, task } });
    expect(body).toContain(`\`\`\`\`\`text\n${task}\n\`\`\`\`\`\n`);
    const long = pullRequestBody({ ...FACTS, record: { ...RECORD, task: 'x'.repeat(50_000) } });
    expect(long.length).toBeLessThan(6_000);
    expect(pullRequestBody({ ...FACTS, base: 'a|b`c' })).toContain('`a b c`');
  });
});

describe('tests', () => {
  const testsIn = (verification: unknown) => testsOf({ ...RECORD, verification } as unknown as EndedRecord);

  test('are told when the record has their result', () => {
    expect(testsIn({ passed: true, command: 'npm test' })).toBe('passed (`npm test`)');
    expect(testsIn({ passed: false, command: 'make `x`|y' })).toBe('**failed** (`make  x  y`)');
    expect(testsIn({ passed: true })).toBe('passed');
    for (const other of [undefined, null, 'passed', {}, { passed: 'yes' }])
      expect(testsIn(other)).toBeUndefined();
  });
});
