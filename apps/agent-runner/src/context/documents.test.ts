import type { ContextDocument, ContextDocumentName } from '@outpost/contracts';
import { afterAll, describe, expect, it } from 'vitest';
import { contextOf, makeRepository, removeRepositories, sourcesOf } from './testing/repository.js';

afterAll(removeRepositories);

const document = (name: ContextDocumentName, content = `The tenant's ${name}.`): ContextDocument => ({
  name,
  content,
  updatedAt: '2026-11-23T12:00:00.000Z',
});
const ALL = (['ANCHORS', 'PROFILE', 'ROADMAP', 'SOUL'] as const).map((name) => document(name));

describe('what a tenant has written', () => {
  it.each([
    ['minimal', { SOUL: 'tenant SOUL', JOURNAL: 'git log' }],
    [
      'standard',
      { SOUL: 'tenant SOUL', ANCHORS: 'tenant ANCHORS', PROFILE: 'tenant PROFILE', JOURNAL: 'git log' },
    ],
    [
      'full',
      {
        SOUL: 'tenant SOUL',
        ANCHORS: 'tenant ANCHORS',
        PROFILE: 'tenant PROFILE',
        JOURNAL: 'git log',
        ROADMAP: 'tenant ROADMAP',
      },
    ],
  ] as const)('stands in a section of the level: %s', async (level, sources) => {
    const context = await contextOf(makeRepository({}), { level, documents: ALL, recentCommits: ['Begin'] });
    expect(sourcesOf(context)).toEqual(sources);
    expect(context.prompt).toContain("The tenant's SOUL.");
  });

  it('comes after a file of the repository, but for the profile, and before what else stands in', async () => {
    const files = {
      'SOUL.md': 'soul',
      'ANCHORS.md': 'anchors',
      'PROFILE.md': 'profile',
      'ROADMAP.md': 'roadmap',
    };
    expect(sourcesOf(await contextOf(makeRepository(files), { documents: ALL }))).toEqual({
      SOUL: 'SOUL.md',
      ANCHORS: 'ANCHORS.md',
      PROFILE: 'tenant PROFILE',
      ROADMAP: 'ROADMAP.md',
    });
    const others = { 'README.md': 'readme', 'docs/adr/0001.md': '# One\n\nWe chose.' };
    expect(sourcesOf(await contextOf(makeRepository(others), { documents: ALL }))).toMatchObject({
      SOUL: 'tenant SOUL',
      ANCHORS: 'tenant ANCHORS',
    });
    expect(sourcesOf(await contextOf(makeRepository(others)))).toEqual({
      SOUL: 'README.md',
      ANCHORS: 'docs/adr',
    });
  });

  it('is scrubbed, and the secrets in it are counted', async () => {
    const secret = 'sk-live-0123456789abcdef';
    const documents = [document('PROFILE', `Deploy with ${secret}.`)];
    const { prompt, document: written } = await contextOf(makeRepository({}), {
      documents,
      secrets: [secret],
    });
    expect(prompt).toContain('Deploy with [REDACTED].');
    expect(written.redactions).toBe(1);
  });
});

describe('the budget', () => {
  const LONG = 'A line of a dozen words, as people write them down now.\n'.repeat(280);
  const documents = (['ANCHORS', 'PROFILE', 'ROADMAP', 'SOUL'] as const).map((name) => document(name, LONG));

  it.each([
    ['minimal', 600],
    ['standard', 1_200],
    ['full', 1_800],
  ] as const)('of %s holds %i tokens, counted on what the agent reads', async (level, budget) => {
    const repository = makeRepository({ 'JOURNAL.md': LONG });
    const { prompt, document: written } = await contextOf(repository, { level, documents });
    expect(Math.ceil(prompt.length / 4)).toBe(written.totalTokens);
    expect(written.totalTokens).toBeLessThanOrEqual(budget);
    expect(written.totalTokens).toBeGreaterThan(budget * 0.85);
    expect(written.trimming.length).toBeGreaterThan(0);
  });

  it('of full is held by taking ROADMAP, then PROFILE, then all of JOURNAL but 200 tokens', async () => {
    const repository = makeRepository({ 'JOURNAL.md': LONG });
    const { document: written } = await contextOf(repository, { level: 'full', documents });
    expect(written.trimming.map(({ section, action }) => [section, action])).toEqual([
      ['ROADMAP', 'dropped'],
      ['PROFILE', 'dropped'],
      ['JOURNAL', 'shortened'],
      ['ANCHORS', 'shortened'],
      ['SOUL', 'shortened'],
    ]);
    expect(written.trimming[2]!.toTokens).toBeLessThanOrEqual(200);
    expect(written.sections.map(({ name }) => name)).toEqual(['SOUL', 'ANCHORS', 'JOURNAL']);
  });
});
