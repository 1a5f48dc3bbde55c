import { describe, expect, test } from 'vitest';
import { PromoteSchema, RepositoryPathSchema } from './promotions.js';

const DISPATCH_ID = '01K4ZJ8W2T6V0Q9S3R5X7Y1B2C';

const takes = (more: object): boolean =>
  PromoteSchema.safeParse({ dispatchId: DISPATCH_ID, ...more }).success;

describe('the body of POST /promote', () => {
  test.each([
    {},
    {
      branch: 'fix/cart',
      base: 'release/1.0',
      title: 'Fix',
      body: 'Two\nlines',
      paths: ['src/', 'a b/ü.ts'],
    },
    { createPr: false, draft: true, evenIfIncomplete: true, allowSecretsIn: ['test/fixture.ts'] },
  ])('may be %j', (more) => {
    expect(takes(more)).toBe(true);
  });

  test.each([
    { branch: '' },
    { branch: 'a..b' },
    { branch: '-f' },
    { branch: 'HEAD' },
    { branch: 'refs/heads/main' },
    { branch: 'a'.repeat(40) },
    { branch: '+main:other' },
    { base: 'a b' },
    { title: ' ' },
    { title: 'two\nlines' },
    { title: 'x'.repeat(251) },
    { body: 'x'.repeat(30_001) },
    { paths: [] },
    { paths: Array.from({ length: 401 }, (_, index) => `f${index}`) },
    { allowSecretsIn: ['/etc/passwd'] },
    { force: true },
    { dispatchId: 'x' },
  ])('may not be %j', (more) => {
    expect(takes(more)).toBe(false);
  });
});

describe('a path of a repository', () => {
  test.each(['a', 'a/b', 'a/', '.github/workflows/x.yml', '.gitignore', '...', 'a\nb', '*'])(
    'may be %j',
    (path) => {
      expect(RepositoryPathSchema.safeParse(path).success).toBe(true);
    },
  );

  test.each([
    '',
    '/a',
    '../x',
    'a/../b',
    'a/..',
    './a',
    'a//b',
    '.git/config',
    'sub/.GIT/hooks',
    'a\0b',
    '/',
  ])('may not be %j', (path) => {
    expect(RepositoryPathSchema.safeParse(path).success).toBe(false);
  });
});
