import { AGENT_NAMES, ROUTES } from '@outpost/contracts';
import { documentPaths, readDocument, REPOSITORY_ROOT, type Document } from '@outpost/test-support';
import { existsSync, globSync, readFileSync } from 'node:fs';
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

  it('names variables that something reads', () => {
    const variables = inlineCode.flatMap(({ place, text }) =>
      [...text.matchAll(/\bOUTPOST_[A-Z_]+/g)].map(([variable]) => ({ place, text: variable })),
    );
    expect(places(variables.filter(({ text }) => !isRead(text)))).toEqual([]);
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
  if (existsSync(join(REPOSITORY_ROOT, pattern))) return true;
  return globSync(pattern, { cwd: REPOSITORY_ROOT, exclude: ['**/node_modules'] }).length > 0;
}

const SOURCES = globSync(['{apps,packages}/*/src/**/*.ts', 'infra/**/src/**/*.ts', 'infra/images/*.mjs'], {
  cwd: REPOSITORY_ROOT,
  exclude: ['**/node_modules', '**/*.test.ts'],
}).map((file) => readFileSync(join(REPOSITORY_ROOT, file), 'utf8'));

const OF_AN_AGENT = new RegExp(`_(${AGENT_NAMES.join('|')})$`, 'i');

/** Of those that there are for each agent, sources have the beginning. */
function isRead(variable: string): boolean {
  const beginning = variable.replace(OF_AN_AGENT, '_');
  const name = new RegExp(`\\b${beginning}${beginning.endsWith('_') ? '' : '\\b'}`);
  return SOURCES.some((source) => name.test(source));
}

/** Whatever its parameters are called, and without a query. */
function routeOf(text: string): string {
  return text.split('?')[0]!.replaceAll(/:\w+/g, ':');
}

const KNOWN_ROUTES = new Set(
  Object.values(ROUTES).map(({ method, path }) => routeOf(`${method.toUpperCase()} ${path}`)),
);
