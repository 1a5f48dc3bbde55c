import { documentPaths, readDocument, REPOSITORY_ROOT } from '@outpost/test-support';
import { existsSync, globSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, it } from 'vitest';

const documents = documentPaths().map(readDocument);

it.each(documents)('every link of $path leads to something', ({ path, links }) => {
  const broken = links.filter(({ url }) => !isExternal(url) && !leadsSomewhere(path, url));
  expect(broken).toEqual([]);
});

function isExternal(url: string): boolean {
  return /^[a-z]+:/.test(url);
}

function leadsSomewhere(from: string, url: string): boolean {
  const [target = '', anchor] = url.split('#');
  const path = target === '' ? from : normalize(join(dirname(from), target));
  if (!existsSync(join(REPOSITORY_ROOT, path))) return false;
  return anchor === undefined || readDocument(path).anchors.includes(anchor);
}

/** A file or folder of the repository in the middle of a sentence. `<name>` and the like stand for something else. */
const PATH = /^(apps|packages|infra|tests|bench|bootstrap)\/[\w./*{},<>-]+$/;

it.each(documents)('every path that $path names exists', ({ inlineCode }) => {
  const missing = inlineCode
    .filter(({ text }) => PATH.test(text))
    .filter(({ text }) => globSync(text.replaceAll(/<\w+>/g, '*'), { cwd: REPOSITORY_ROOT }).length === 0);
  expect(missing).toEqual([]);
});

it('every document is in the index of the README', () => {
  const linked = readDocument('README.md').links.map(({ url }) => url.split('#')[0]);
  const missing = documentPaths().filter((path) => /^docs\/[\w-]+\.md$/.test(path) && !linked.includes(path));
  expect(missing).toEqual([]);
});
