import { OutpostError, type DispatchRecord, type Promote } from '@outpost/contracts';
import { dispatchSpec, ending, TEST_AT, TEST_EPOCH_MS } from '@outpost/platform/testing';
import { describe, expect, test } from 'vitest';
import { isSameRequest, promotionOrder, retriesLater } from './promotable.js';

const CHANGES = { baseCommit: 'a'.repeat(40), filesChanged: 1, insertions: 1, deletions: 0 };
const { to: status, ...OUTCOME } = ending('COMPLETED', { changes: CHANGES });
const SPEC = dispatchSpec({ repo: 'octo/cart', branch: 'main' });
const RECORD: DispatchRecord = { ...SPEC, ...OUTCOME, status };
const { dispatchId } = SPEC;

const orderOf = (record: Partial<DispatchRecord> = {}, request: Partial<Promote> = {}, allowLocal = true) =>
  promotionOrder({ ...RECORD, ...record } as DispatchRecord, { dispatchId, ...request }, allowLocal);

function refusal(...args: Parameters<typeof orderOf>): string {
  try {
    orderOf(...args);
  } catch (error) {
    if (error instanceof OutpostError) return `${error.code}: ${error.message}`;
  }
  return 'none';
}

describe('what is promoted', () => {
  test('goes from the branch of the dispatch to one of its own', () => {
    expect(orderOf()).toMatchObject({
      url: 'https://github.com/octo/cart.git',
      branch: `outpost/${dispatchId}`,
      base: 'main',
      createPr: true,
      isDraft: false,
      changes: CHANGES,
    });
    expect(orderOf({}, { branch: 'fix', base: 'next', createPr: false, draft: true })).toMatchObject({
      branch: 'fix',
      base: 'next',
      createPr: false,
      isDraft: true,
    });
  });

  test.each<[string, Partial<DispatchRecord>, Partial<Promote>, string]>([
    ['has not ended', { status: 'RUNNING' }, {}, 'CONFLICT: .* is RUNNING'],
    ['has failed', { status: 'FAILED' }, {}, 'CONFLICT: .* is FAILED: .*evenIfIncomplete'],
    ['ran out of time', { status: 'TIMEOUT' }, {}, 'CONFLICT: .* is TIMEOUT'],
    ['was cancelled', { status: 'CANCELLED' }, { evenIfIncomplete: false }, 'CONFLICT: .* is CANCELLED'],
    ['changed nothing', { changes: { ...CHANGES, filesChanged: 0 } }, {}, 'CONFLICT: .*changed nothing'],
    ['has no changes', { changes: undefined }, {}, 'CONFLICT: .*changed nothing'],
    ['has no repository', { repo: undefined }, {}, 'CONFLICT: .*has no repository'],
    ['has none that means anything', { repo: 'x' }, {}, 'CONFLICT: .*has no repository'],
    ['has no branch', { branch: undefined }, {}, 'VALIDATION_ERROR: body.base is needed'],
    ['would go to its base', {}, { branch: 'main' }, 'VALIDATION_ERROR: body.branch is the base'],
    [
      'would go to its own branch',
      {},
      { base: `outpost/${dispatchId}` },
      'VALIDATION_ERROR: body.branch is the base',
    ],
  ])('is refused when it %s', (_, record, request, expected) => {
    expect(refusal(record, request)).toMatch(new RegExp(expected));
  });

  test('may be incomplete when that is asked for', () => {
    expect(refusal({ status: 'TIMEOUT' }, { evenIfIncomplete: true })).toBe('none');
    expect(refusal({ status: 'RUNNING' }, { evenIfIncomplete: true })).toContain('has ended');
  });

  test.each(['/srv/cart', 'file:///srv/cart', 'http://127.0.0.1/cart'])(
    'is on %s in local mode only',
    (repo) => {
      expect(refusal({ repo })).toBe('none');
      expect(refusal({ repo }, {}, false)).toContain('local mode only');
    },
  );
});

test('requests are the same when they ask for the same', () => {
  const same = (a: Partial<Promote>, b: Partial<Promote>) =>
    isSameRequest({ dispatchId, ...a }, { dispatchId, ...b });
  expect(same({}, { createPr: true, draft: false, branch: 'x', evenIfIncomplete: true })).toBe(true);
  expect(same({ paths: ['a', 'b'], title: 't' }, { title: 't', paths: ['a', 'b'] })).toBe(true);
  for (const other of [
    { title: 't' },
    { body: 'b' },
    { base: 'next' },
    { paths: ['a'] },
    { createPr: false },
    { draft: true },
  ])
    expect(same({}, other), JSON.stringify(other)).toBe(false);
});

test('what failed a moment ago is tried again later', () => {
  const params = { now: TEST_EPOCH_MS + 1_000, updatedAt: TEST_AT, pauseMs: 1_001 };
  expect(retriesLater({ ...params, hasFailed: true })).toBe(true);
  expect(retriesLater({ ...params, hasFailed: true, pauseMs: 1_000 })).toBe(false);
  expect(retriesLater({ ...params, hasFailed: false })).toBe(false);
});
