import { ROUTES } from '@outpost/contracts';
import { documentPaths, readDocument, REPOSITORY_ROOT, type Document } from '@outpost/test-support';
import { existsSync, globSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';

const DOCUMENTS = documentPaths().map(readDocument);
type Mentions = Document['links'];

const places = (mentions: Mentions): readonly string[] =>
  mentions.map(({ place, text }) => `${place}: ${text}`);

describe.each(DOCUMENTS)('$path', ({ path, links, inlineCode }) => {
  it('links to what is there', () => {
    expect(places(links.filter(({ text }) => !leadsSomewhere(text, path)))).toEqual([]);
  });

  it('names files that are there', () => {
    const files = inlineCode.filter(({ text }) =>
      /^(apps|packages|tests|infra|bench|bootstrap)\/\S+$/.test(text),
    );
    expect(places(files.filter(({ text }) => !isFile(text)))).toEqual([]);
  });

  it('names routes that are there', () => {
    const routes = inlineCode.filter(({ text }) => /^(GET|POST|PUT|PATCH|DELETE) \//.test(text));
    expect(places(routes.filter(({ text }) => !KNOWN_ROUTES.has(routeOf(text))))).toEqual([]);
  });
});

/** Links to elsewhere are not followed: the tests have no network. */
function leadsSomewhere(link: string, from: string): boolean {
  if (/^(https|mailto):/.test(link)) return true;
  const [file = '', anchor] = link.split('#');
  const target = file === '' ? from : normalize(join(dirname(from), file));
  if (anchor === undefined) return existsSync(join(REPOSITORY_ROOT, target));
  return DOCUMENTS.some(({ path, anchors }) => path === target && anchors.includes(anchor));
}

/** `<agent>` is any, as in a glob `*` is. */
function isFile(path: string): boolean {
  const pattern = path.replaceAll(/<[^>]+>/g, '*');
  return globSync(pattern, { cwd: REPOSITORY_ROOT, exclude: ['**/node_modules'] }).length > 0;
}

/** Whatever its parameters are called, and without a query. */
function routeOf(text: string): string {
  return text.split('?')[0]!.replaceAll(/:\w+/g, ':');
}

const KNOWN_ROUTES = new Set(
  Object.values(ROUTES).map(({ method, path }) => routeOf(`${method.toUpperCase()} ${path}`)),
);
