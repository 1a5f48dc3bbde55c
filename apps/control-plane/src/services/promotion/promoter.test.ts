import type { OutpostError, Promote } from '@outpost/contracts';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { git, PromotionDesk, SECRET, TOKEN } from '../../testing/promotion-desk.js';
import { LEASE_MS } from '../../testing/promotion-lease.js';
import { refusalOf } from '../../testing/dispatch-desk.js';
import type { Promoter } from './promoter.js';

const GITHUB_TOKEN = `ghp_${'aB3dE5gH7j'.repeat(4).slice(0, 36)}`;

let desk: PromotionDesk;
beforeEach(async () => {
  desk = await PromotionDesk.open();
  return () => desk.close();
});

const promote = async (request: Promote, promoter: Promoter = desk.promoter()) =>
  promoter.promote({ tenantId: 'acme', request });

const refusal = async (request: Promote): Promise<OutpostError> => refusalOf(promote(request));

describe('a promotion', () => {
  test('pushes a branch and opens a pull request that tells all', async () => {
    const { dispatchId, task } = await desk.dispatch({ 'readme.md': 'better\n', 'src/new.ts': 'new\n' });
    const { promotion, isNew } = await promote({ dispatchId });
    const branch = `outpost/${dispatchId}`;
    expect(isNew).toBe(true);
    expect(promotion).toMatchObject({
      dispatchId,
      branch,
      base: 'main',
      status: 'COMPLETED',
      title: 'Fix the cart.',
      filesChanged: 2,
      isRebased: false,
      url: `${desk.api.origin}/octo/cart/tree/outpost/${dispatchId}`,
      prUrl: `${desk.api.origin}/octo/cart/pull/1`,
      prNumber: 1,
      isDraft: false,
    });
    expect(await desk.show(branch, 'src/new.ts')).toBe('new');
    expect(await git(desk.remote, 'rev-parse', branch)).toBe(promotion.commit);
    const message = await git(desk.remote, 'log', '-1', '--format=%an <%ae>%n%B', branch);
    expect(message).toContain('Outpost <outpost@localhost>\nFix the cart.\n\n');
    expect(message).toContain('Co-authored-by: Claude Code <');
    const [pull] = desk.api.pulls;
    expect(pull).toMatchObject({ head: branch, base: { ref: 'main' }, title: 'Fix the cart.', draft: false });
    for (const fact of [task, dispatchId, 'Claude Code', 'claude-opus', '2 files'])
      expect(pull!.body).toContain(fact);
  });

  test('is answered again, without a push or a call of the API', async () => {
    const { dispatchId } = await desk.dispatch({ 'readme.md': 'better\n' });
    const first = await promote({ dispatchId });
    const calls = desk.api.calls.length;
    await desk.commitToRemote('main', { 'other.txt': 'moved\n' });
    const again = await promote({ dispatchId, createPr: true, draft: false });
    expect(again).toEqual({ promotion: first.promotion, isNew: false });
    expect([desk.pushes, desk.api.calls.length]).toEqual([1, calls]);
  });

  test('is brought in line with another request for its branch, over its own commit', async () => {
    const { dispatchId } = await desk.dispatch({ 'readme.md': 'better\n', 'src/new.ts': 'new\n' });
    const first = await promote({ dispatchId });
    const request = {
      dispatchId,
      paths: ['src'],
      title: 'Only the source',
      body: 'Please look.',
      draft: true,
    };
    const { promotion, isNew } = await promote(request);
    expect(isNew).toBe(false);
    expect(promotion).toMatchObject({ prNumber: 1, filesChanged: 1, paths: ['src'], isDraft: true });
    expect(promotion.commit).not.toBe(first.promotion.commit);
    expect(desk.api.pulls).toMatchObject([{ title: 'Only the source', draft: true }]);
    expect(desk.api.pulls[0]!.body).toMatch(/^Please look\./);
    expect(await git(desk.remote, 'diff', '--name-only', 'main', promotion.branch)).toBe('src/new.ts');
    const whole = await promote({ dispatchId });
    expect(whole.promotion).toMatchObject({ prNumber: 1, filesChanged: 2, isDraft: false });
    expect(whole.promotion).not.toHaveProperty('paths');
  });

  test('to another branch is another', async () => {
    const { dispatchId } = await desk.dispatch({ 'readme.md': 'better\n' });
    await promote({ dispatchId });
    const { promotion, isNew } = await promote({ dispatchId, branch: 'fix/cart', createPr: false });
    expect([isNew, promotion.note]).toEqual([true, 'No pull request was asked for.']);
    const shown = await desk.promoter().shownOf({ tenantId: 'acme', dispatchId });
    expect(shown.map(({ branch }) => branch)).toEqual(['fix/cart', `outpost/${dispatchId}`]);
    expect(desk.api.pulls).toHaveLength(1);
  });

  test('is taken over to a base that has moved', async () => {
    const { dispatchId } = await desk.dispatch({ 'readme.md': 'better\n' });
    const moved = await desk.commitToRemote('main', { 'lines.txt': 'changed\n' });
    const { promotion } = await promote({ dispatchId });
    expect(promotion).toMatchObject({ isRebased: true, baseCommit: moved });
    expect(await desk.show(promotion.branch, 'lines.txt')).toBe('changed');
  });

  test('to a host without pull requests says so', async () => {
    const { dispatchId } = await desk.dispatch({ 'readme.md': 'better\n' });
    const promoter = desk.promoter({ githubHosts: [] });
    const { promotion } = await promote({ dispatchId }, promoter);
    expect(promotion).toMatchObject({ status: 'COMPLETED', url: desk.repo });
    expect(promotion.note).toContain('127.0.0.1 is not known to be GitHub');
    expect(promotion).not.toHaveProperty('prUrl');
  });

  test('to a path of this machine is a branch', async () => {
    const { dispatchId } = await desk.dispatch({ 'readme.md': 'better\n' }, { repo: desk.remote });
    const { promotion } = await promote({ dispatchId });
    expect(promotion.note).toContain('a path of this machine');
    expect(await desk.show(promotion.branch, 'readme.md')).toBe('better');
  });

  test('of what is not complete is one that was asked for, and says so', async () => {
    const { dispatchId } = await desk.dispatch({ 'readme.md': 'half\n' }, { status: 'TIMEOUT' });
    await promote({ dispatchId, evenIfIncomplete: true });
    expect(desk.api.pulls[0]!.body).toContain('**TIMEOUT**');
  });
});

describe('promoters at once', () => {
  test('push once, open one pull request and all answer it', async () => {
    const { dispatchId } = await desk.dispatch({ 'readme.md': 'better\n' });
    const promoters = [desk.promoter(), desk.promoter(), desk.promoter()];
    const answers = await Promise.all(
      [0, 1, 2, 0, 1, 2].map((index) => promote({ dispatchId }, promoters[index])),
    );
    expect(new Set(answers.map(({ promotion }) => JSON.stringify(promotion))).size).toBe(1);
    expect(answers.filter(({ isNew }) => isNew)).toHaveLength(1);
    expect(desk.pushes).toBe(1);
    expect(desk.api.calls.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });

  /** One whose lease is not renewed, and that does nothing more once the API has this call. */
  const dying = (request: Promote, match: (call: { method: string }) => boolean) => {
    const { leases } = desk.platform;
    let isFirst = true;
    const acquire: typeof leases.acquire = async (params) => {
      const may = isFirst;
      isFirst = false;
      return may && leases.acquire(params);
    };
    const promoter = desk.promoter({}, { leases: { acquire, release: async () => undefined } });
    const met = desk.api.interfere(match);
    const end = promote(request, promoter).catch((error: OutpostError) => error);
    return { met, end };
  };

  test(
    'take over from one that died between push and pull request, also when the base has moved since',
    { timeout: 60_000 },
    async () => {
      const { dispatchId } = await desk.dispatch({ 'readme.md': 'better\n' });
      const { met, end: dead } = dying({ dispatchId }, ({ method }) => method === 'POST');
      await met;
      expect(desk.pushes).toBe(1);
      expect(desk.api.pulls).toEqual([]);
      await desk.commitToRemote('main', { 'lines.txt': 'changed\n' });
      const waiting = promote({ dispatchId });
      desk.local.clock.advance(LEASE_MS + 1);
      const { promotion } = await waiting;
      expect(promotion).toMatchObject({ status: 'COMPLETED', prNumber: 1, isRebased: true });
      expect(await git(desk.remote, 'rev-parse', promotion.branch)).toBe(promotion.commit);
      expect(desk.api.pulls).toHaveLength(1);
      // What stood still comes back to life, and changes nothing.
      await desk.api.close();
      expect(await dead).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
      const [shown] = await desk.promoter().shownOf({ tenantId: 'acme', dispatchId });
      expect(shown).toEqual(promotion);
    },
  );
});

describe('a promotion is refused', () => {
  test('for what is another tenant’s or not there', async () => {
    const { dispatchId } = await desk.dispatch({ 'readme.md': 'better\n' });
    const foreign = await refusalOf(desk.promoter().promote({ tenantId: 'globex', request: { dispatchId } }));
    expect(foreign.code).toBe('NOT_FOUND');
    expect(desk.pushes).toBe(0);
  });

  test('when it conflicts, with the files; and it can be repeated', async () => {
    const { dispatchId } = await desk.dispatch({ 'lines.txt': 'mine\n', 'readme.md': 'better\n' });
    await desk.commitToRemote('main', { 'lines.txt': 'theirs\n' });
    const error = await refusal({ dispatchId });
    expect(error).toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('main has moved') });
    expect(error.details).toEqual([{ path: 'lines.txt', message: 'was changed on both sides' }]);
    const [shown] = await desk.promoter().shownOf({ tenantId: 'acme', dispatchId });
    expect(shown).toMatchObject({ status: 'FAILED', failure: { code: 'CONFLICT', details: error.details } });
    const { promotion } = await promote({ dispatchId, paths: ['readme.md'] });
    expect(promotion).toMatchObject({ status: 'COMPLETED' });
    expect(promotion).not.toHaveProperty('failure');
  });

  const taken = {
    code: 'CONFLICT',
    message: expect.stringContaining('commits that are not of this promotion'),
  };

  test('over a branch of another', async () => {
    const { dispatchId } = await desk.dispatch({ 'readme.md': 'better\n' });
    const theirs = await desk.commitToRemote('feature', { 'feature.txt': 'x\n' });
    expect(await refusal({ dispatchId, branch: 'feature' })).toMatchObject(taken);
    expect(await git(desk.remote, 'rev-parse', 'feature')).toBe(theirs);
  });

  test('over the branch of another dispatch', async () => {
    const { dispatchId } = await desk.dispatch({ 'readme.md': 'better\n' });
    const { promotion } = await promote({ dispatchId, createPr: false });
    const another = await desk.dispatch({ 'readme.md': 'other\n' });
    expect(await refusal({ dispatchId: another.dispatchId, branch: promotion.branch })).toMatchObject(taken);
    expect(await git(desk.remote, 'rev-parse', promotion.branch)).toBe(promotion.commit);
  });

  test('over what a reviewer has put on top', async () => {
    const { dispatchId } = await desk.dispatch({ 'readme.md': 'better\n' });
    const { promotion } = await promote({ dispatchId, createPr: false });
    const theirs = await desk.commitToRemote('fixup', { 'fixup.txt': 'x\n' });
    await git(desk.remote, 'update-ref', `refs/heads/${promotion.branch}`, theirs);
    expect(await refusal({ dispatchId, title: 'Again' })).toMatchObject(taken);
    expect(await git(desk.remote, 'rev-parse', promotion.branch)).toBe(theirs);
  });

  test('by a protected branch, in the words of the server', async () => {
    const hook = join(desk.remote, 'hooks/pre-receive');
    await writeFile(hook, '#!/bin/sh\necho "release branches are protected" >&2\nexit 1\n', { mode: 0o755 });
    const { dispatchId } = await desk.dispatch({ 'readme.md': 'better\n' });
    expect(await refusal({ dispatchId, branch: 'release/1' })).toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('release branches are protected'),
    });
    expect(desk.api.calls).toEqual([]);
  });

  test('for paths that the change does not touch', async () => {
    const { dispatchId } = await desk.dispatch({ 'readme.md': 'better\n' });
    expect(await refusal({ dispatchId, paths: ['readme.md', 'src'] })).toMatchObject({
      code: 'VALIDATION_ERROR',
      message: 'body.paths: src is not among what the dispatch changed',
    });
  });

  test.each([
    ['a dispatch that failed', { status: 'FAILED' } as const, 'is FAILED'],
    ['one without a repository', { repo: undefined }, 'has no repository'],
    ['one without a change', { outcome: { changes: undefined } }, 'changed nothing'],
    ['one whose artifacts are gone', { hasBundle: false }, 'artifacts are deleted when they expire'],
    ['a place of Outpost itself', { repo: 'DATA' }, 'lies in the data directory'],
  ])('for %s', async (_, ended, words) => {
    const repo =
      'repo' in ended ? { repo: ended.repo === 'DATA' ? join(desk.local.dataDir, 'x') : undefined } : {};
    const { dispatchId } = await desk.dispatch({ 'readme.md': 'better\n' }, { ...ended, ...repo });
    expect(await refusal({ dispatchId })).toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining(words),
    });
    expect(desk.pushes).toBe(0);
  });

  test('for a value that is a secret, whoever allows what', async () => {
    const { dispatchId } = await desk.dispatch({
      'readme.md': `one\ntwo\nkey: ${Buffer.from(SECRET).toString('base64')}\n`,
      'key.bin': Buffer.concat([Buffer.from([0, 1]), Buffer.from(SECRET)]),
    });
    for (const allow of [{}, { allowSecretsIn: ['readme.md', 'key.bin'] }]) {
      const error = await refusal({ dispatchId, ...allow });
      expect(error.code).toBe('CONFLICT');
      expect(error.details?.map(({ path }) => path)).toEqual(['readme.md:3', 'key.bin']);
      expect(JSON.stringify([error.message, error.details])).not.toContain(SECRET);
    }
    expect(desk.pushes).toBe(0);
  });

  test('for what looks like a secret, until its file is named', async () => {
    const { dispatchId } = await desk.dispatch({ 'test/fixture.ts': `const token = '${GITHUB_TOKEN}';\n` });
    const error = await refusal({ dispatchId });
    expect(error).toMatchObject({
      code: 'CONFLICT',
      details: [{ path: 'test/fixture.ts:1', message: expect.stringContaining('github') }],
    });
    expect(error.message).not.toContain(GITHUB_TOKEN);
    await promote({ dispatchId, allowSecretsIn: ['test/fixture.ts'] });
    expect(desk.api.pulls[0]!.body).toContain('`test/fixture.ts:1 (github');
  });
});

describe('what a promotion says', () => {
  test('holds no secret, whatever the task did', async () => {
    const { dispatchId } = await desk.dispatch(
      { 'readme.md': 'x\n' },
      { task: `Deploy with ${SECRET} please` },
    );
    const { promotion } = await promote({ dispatchId, body: `Use ${SECRET}` });
    const said = [promotion, desk.api.pulls, await git(desk.remote, 'log', '-1', promotion.branch)];
    expect(JSON.stringify(said)).not.toContain(SECRET);
    expect(JSON.stringify(said)).not.toContain(TOKEN);
    expect(promotion.title).toBe('Deploy with [REDACTED] please');
  });

  test('tells that the branch is there when the pull request is not, and a repeat goes on', async () => {
    const { dispatchId } = await desk.dispatch({ 'readme.md': 'better\n' });
    void desk.api.interfere(({ method }) => method === 'POST', { status: 500, body: {} });
    expect(await refusal({ dispatchId })).toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      message: expect.stringContaining('was pushed, but its pull request was not opened'),
    });
    const { promotion } = await promote({ dispatchId });
    expect(promotion).toMatchObject({ prNumber: 1, status: 'COMPLETED' });
    expect(desk.pushes).toBe(1);
  });
});
