import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { composePrompt } from './index.js';
import { BASE, contextOf, makeRepository, removeRepositories, sourcesOf } from './testing/repository.js';

afterAll(removeRepositories);

const EVERYTHING = {
  'SOUL.md': 'We value small steps.',
  'ANCHORS.md': 'The API never breaks.',
  'PROFILE.md': 'Strict TypeScript.',
  'JOURNAL.md': 'Yesterday: the parser.',
  'ROADMAP.md': 'Next: the printer.',
  'README.md': 'A readme.',
  'AGENTS.md': 'Rules for agents.',
  'CLAUDE.md': 'Rules for claude.',
};

describe('the sections of a level', () => {
  const repository = makeRepository(EVERYTHING);

  it.each([
    ['minimal', 600, ['SOUL', 'JOURNAL']],
    ['standard', 1_200, ['SOUL', 'ANCHORS', 'PROFILE', 'JOURNAL']],
    ['full', 1_800, ['SOUL', 'ANCHORS', 'PROFILE', 'JOURNAL', 'ROADMAP']],
  ] as const)('%s: of %d tokens, %j', async (level, budgetTokens, names) => {
    const { document, prompt } = await contextOf(repository, { level });
    expect(document).toMatchObject({
      level,
      budgetTokens,
      hardCapTokens: 2_000,
      trimming: [],
      redactions: 0,
    });
    expect(document.sections.map(({ name }) => name)).toEqual(names);
    expect(document.totalTokens).toBe(Math.ceil(prompt.length / 4));
  });

  it('leave the files alone that the CLIs read by themselves', async () => {
    const { prompt } = await contextOf(repository);
    expect(prompt).not.toContain('Rules for');
  });

  it('are written down with where they come from', async () => {
    const { document } = await contextOf(repository, { level: 'minimal' });
    expect(document).toEqual({
      injectionId: 'injection-1',
      dispatchId: '01K4ZJ8W2T6V0Q9S3R5X7Y1B2C',
      baseCommit: BASE,
      level: 'minimal',
      createdAt: '2026-11-23T12:00:00.000Z',
      budgetTokens: 600,
      hardCapTokens: 2_000,
      totalTokens: document.totalTokens,
      tokenEstimate: 'ceil(characters / 4)',
      sections: [
        {
          name: 'SOUL',
          source: 'SOUL.md',
          tokens: 6,
          sha256: sha256('We value small steps.'),
          trimmed: false,
        },
        {
          name: 'JOURNAL',
          source: 'JOURNAL.md',
          tokens: 6,
          sha256: sha256('Yesterday: the parser.'),
          trimmed: false,
        },
      ],
      trimming: [],
      redactions: 0,
    });
  });
});

describe('what stands in for a missing file', () => {
  it('is the readme for SOUL, Markdown first', async () => {
    const repository = makeRepository({ README: 'plain', 'Readme.rst': 'rst', 'readme.md': 'markdown' });
    expect(sourcesOf(await contextOf(repository))).toEqual({ SOUL: 'readme.md' });
    expect(sourcesOf(await contextOf(makeRepository({ README: 'plain', 'README.png': 'x' })))).toEqual({
      SOUL: 'README',
    });
  });

  it('is the recent commits for JOURNAL', async () => {
    const context = await contextOf(makeRepository({}), {
      recentCommits: ['2026-11-22 Add a parser', '2026-11-21 Begin'],
    });
    expect(sourcesOf(context)).toEqual({ JOURNAL: 'git log' });
    expect(context.prompt).toContain('- 2026-11-22 Add a parser\n- 2026-11-21 Begin');
  });

  it('is .outpost/PROFILE.md for PROFILE', async () => {
    const repository = makeRepository({ '.outpost/PROFILE.md': 'tabs' });
    expect(sourcesOf(await contextOf(repository))).toEqual({ PROFILE: '.outpost/PROFILE.md' });
  });

  it.each(['docs/decisions', 'docs/adr', 'doc/adr', 'adr'])('is %s for ANCHORS', async (directory) => {
    const repository = makeRepository({
      [`${directory}/0001-use-sqlite.md`]: '# Use SQLite\n\nIt needs no server.\n',
    });
    const context = await contextOf(repository);
    expect(sourcesOf(context)).toEqual({ ANCHORS: directory });
    expect(context.prompt).toContain('- Use SQLite\n  It needs no server.');
  });

  it('is an empty file as little as a missing one', async () => {
    expect(sourcesOf(await contextOf(makeRepository({ 'SOUL.md': ' \n', 'README.md': 'x' })))).toEqual({
      SOUL: 'README.md',
    });
  });
});

describe('a repository that says nothing', () => {
  it('gives no sections, no prompt and no error', async () => {
    const context = await contextOf(makeRepository({}));
    expect(context.prompt).toBe('');
    expect(context.document).toMatchObject({ sections: [], totalTokens: 0, trimming: [] });
    expect(composePrompt(context, 'The task.')).toBe('The task.');
  });

  it('may not even be there', async () => {
    expect((await contextOf('/nowhere')).prompt).toBe('');
  });
});

describe('the prompt', () => {
  it('is the context, then the task as it is', async () => {
    const context = await contextOf(makeRepository({ 'SOUL.md': 'Small steps.' }));
    expect(composePrompt(context, '  The task.\n')).toBe(
      '<repository-context>\nBackground from this repository, gathered before you started. The task follows after it.\n' +
        '<section name="SOUL" source="SOUL.md">\nSmall steps.\n</section>\n</repository-context>\n\n  The task.\n',
    );
  });
});

describe('a repository with evil intent', () => {
  it('cannot show what lies outside of it', async () => {
    const outside = makeRepository({ 'SOUL.md': 'the key', '0001-x.md': '# the key' });
    const repository = makeRepository({});
    symlinkSync(join(outside, 'SOUL.md'), join(repository, 'SOUL.md'));
    symlinkSync(join(outside, 'SOUL.md'), join(repository, 'README.md'));
    symlinkSync(outside, join(repository, 'adr'));
    symlinkSync(outside, join(repository, 'docs'));
    symlinkSync(outside, join(repository, '.outpost'));
    expect((await contextOf(repository)).prompt).toBe('');
  });

  it('cannot hold the run up with a pipe, nor break it with a directory', async () => {
    const repository = makeRepository({ 'README.md': 'readme' });
    execFileSync('mkfifo', [join(repository, 'SOUL.md')]);
    mkdirSync(join(repository, 'ROADMAP.md'));
    expect(sourcesOf(await contextOf(repository))).toEqual({ SOUL: 'README.md' });
  });

  it('cannot put binary data before the task', async () => {
    const repository = makeRepository({
      'SOUL.md': Buffer.from([0x7f, 0x45, 0, 1]),
      'PROFILE.md': Buffer.from([0xff, 0xfe, 0x41]),
    });
    expect((await contextOf(repository)).prompt).toBe('');
  });
});

describe('a secret in a repository', () => {
  const secret = 'sk-live-0123456789abcdef';

  it('does not get into the prompt, and is counted', async () => {
    const repository = makeRepository({
      'SOUL.md': `key ${secret}`,
      'adr/0001.md': `# Use ${secret}\n\nWe chose ${secret}.`,
    });
    const context = await contextOf(repository, { secrets: [secret], recentCommits: [`Add ${secret}`] });
    expect(JSON.stringify(context)).not.toContain('0123456789');
    expect(context.prompt).toContain('key [REDACTED]');
    expect(context.document.redactions).toBe(4);
  });

  it('does not get into it by half either, wherever something is cut', async () => {
    const repository = makeRepository({
      'SOUL.md': `${'x'.repeat(2_000)}${`${secret} `.repeat(200)}`,
      'adr/0001.md': `# Keys\n\n${'y'.repeat(490)} ${secret}`,
      'PROFILE.md': `short\n${'\n'.repeat(64 * 1024 - 16)}${secret}\n`,
      'JOURNAL.md': `${secret}\n${' '.repeat(64 * 1024 - 20)}\nend`,
    });
    const { prompt } = await contextOf(repository, { secrets: [secret] });
    expect(prompt).not.toContain('sk-l');
    expect(prompt).not.toContain('cdef');
  });
});

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
