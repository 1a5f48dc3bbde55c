import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { estimateTokens, LEVELS, SECTION_NAMES, type Section, type SectionName } from './model.js';
import { render } from './render.js';
import { contextOf, makeRepository, removeRepositories } from './testing/repository.js';
import { fit, shorten } from './trim.js';

afterAll(removeRepositories);

/** Lines of 40 characters, numbered. */
function lines(tokens: number): string {
  const text = Array.from({ length: Math.ceil(tokens / 10) }, (_, index) => `${index}`.padEnd(39, '.')).join(
    '\n',
  );
  return text.slice(0, tokens * 4);
}

function section(name: SectionName, tokens: number): Section {
  return { name, source: `${name}.md`, text: lines(tokens), keep: name === 'JOURNAL' ? 'tail' : 'head' };
}

function trimmed(sizes: Partial<Record<SectionName, number>>, budget: number): string[] {
  const sections = Object.entries(sizes).map(([name, tokens]) => section(name as SectionName, tokens));
  const result = fit(sections, budget);
  expect(estimateTokens(render(result.sections))).toBeLessThanOrEqual(budget);
  return result.trimming.map(({ section: name, action }) => `${name} ${action}`);
}

describe('what does not fit', () => {
  it('is left whole while it does', () => {
    expect(trimmed({ SOUL: 400, ANCHORS: 400, PROFILE: 300, JOURNAL: 300, ROADMAP: 250 }, 1_800)).toEqual([]);
  });

  it('is taken from ROADMAP first', () => {
    expect(trimmed({ SOUL: 400, ANCHORS: 400, PROFILE: 300, JOURNAL: 300, ROADMAP: 500 }, 1_800)).toEqual([
      'ROADMAP shortened',
    ]);
  });

  it('then from PROFILE', () => {
    expect(trimmed({ SOUL: 600, ANCHORS: 500, PROFILE: 400, JOURNAL: 300, ROADMAP: 200 }, 1_800)).toEqual([
      'ROADMAP dropped',
      'PROFILE shortened',
    ]);
  });

  it('then from JOURNAL, of which 200 tokens stay', () => {
    const sections = [
      section('SOUL', 800),
      section('ANCHORS', 600),
      section('JOURNAL', 500),
      section('PROFILE', 100),
    ];
    const { trimming } = fit(sections, 1_700);
    expect(trimming.map(({ section: name, action }) => `${name} ${action}`)).toEqual([
      'PROFILE dropped',
      'JOURNAL shortened',
    ]);
    expect(trimming[1]?.fromTokens).toBe(500);
    expect(trimming[1]?.toTokens).toBeGreaterThanOrEqual(200);
  });

  it('and at the very last from ANCHORS and SOUL, which never go', () => {
    expect(
      trimmed({ SOUL: 3_000, ANCHORS: 3_000, PROFILE: 3_000, JOURNAL: 3_000, ROADMAP: 3_000 }, 1_800),
    ).toEqual([
      'ROADMAP dropped',
      'PROFILE dropped',
      'JOURNAL shortened',
      'ANCHORS shortened',
      'SOUL shortened',
    ]);
  });

  it('loses the old end of JOURNAL, and the later part of all others', async () => {
    const repository = makeRepository({ 'SOUL.md': lines(1_000), 'JOURNAL.md': lines(50_000) });
    const { prompt, document } = await contextOf(repository, { level: 'minimal' });
    expect(prompt).toMatch(/source="SOUL.md">\n0\.{38}\n/);
    expect(prompt).toMatch(/\n4999\.{35}\n<\/section>\n<\/repository-context>$/);
    expect(document.sections.map(({ trimmed: cut }) => cut)).toEqual([true, true]);
  });
});

describe('a shortened text', () => {
  it('ends at a whole line and says that it was cut', () => {
    expect(shorten('one\ntwo\nthree\nfour', 14, 'head')).toBe('one\ntwo\n[…]');
    for (const max of [14, 15])
      expect(shorten('one\ntwo\nthree\nfour', max, 'tail')).toBe('[…]\nthree\nfour');
    expect(shorten('one\ntwo', 7, 'head')).toBe('one\ntwo');
  });

  it('is never longer than asked, nor cut within a character', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', '\n', '🚀', 'é') }),
        fc.integer({ min: 4, max: 40 }),
        fc.constantFrom('head' as const, 'tail' as const),
        (text, max, keep) => {
          const short = shorten(text, max, keep);
          expect(short.length).toBeLessThanOrEqual(max);
          expect(short.isWellFormed()).toBe(true);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

describe('whatever the repository holds', () => {
  const level = fc.constantFrom('minimal' as const, 'standard' as const, 'full' as const);
  const text = fc
    .tuple(
      fc.string({ unit: fc.constantFrom('word ', '\n', 'é', '🚀', 'x') }),
      fc.integer({ min: 1, max: 3_000 }),
    )
    .map(([unit, times]) => unit.repeat(times).slice(0, 20_000).toWellFormed());

  it('the total is within the budget, and SOUL and ANCHORS stay', () => {
    fc.assert(
      fc.property(
        level,
        fc.dictionary(fc.constantFrom(...SECTION_NAMES), text, { noNullPrototype: true }),
        (name, texts) => {
          const { budgetTokens, sections: names } = LEVELS[name];
          const sections = names.flatMap((candidate): Section[] => {
            const found = texts[candidate];
            return found ? [{ name: candidate, source: `docs/${candidate}`, text: found, keep: 'head' }] : [];
          });
          const result = fit(sections, budgetTokens);
          const left = result.sections.map((kept) => kept.name);
          expect(estimateTokens(render(result.sections))).toBeLessThanOrEqual(budgetTokens);
          for (const kept of ['SOUL', 'ANCHORS', 'JOURNAL'] as const) {
            expect(left.includes(kept)).toBe(sections.some((candidate) => candidate.name === kept));
          }
          const dropped = result.trimming.filter(({ action }) => action === 'dropped').length;
          expect(left.length + dropped).toBe(sections.length);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('also when it is read from files', async () => {
    await fc.assert(
      fc.asyncProperty(
        level,
        text,
        text,
        fc.array(fc.string(), { maxLength: 50 }),
        async (name, soul, roadmap, recentCommits) => {
          const repository = makeRepository({ 'README.md': soul, 'ROADMAP.md': roadmap });
          const { document, prompt } = await contextOf(repository, { level: name, recentCommits });
          expect(document.totalTokens).toBeLessThanOrEqual(document.budgetTokens);
          expect(estimateTokens(prompt)).toBe(document.totalTokens);
        },
      ),
      { numRuns: 50 },
    );
  });
});
