import GithubSlugger from 'github-slugger';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY_ROOT } from '../outpost.js';

/** A fenced block of a document. */
export interface Block {
  /** For people: `docs/cli.md:18`. */
  readonly place: string;
  /** The first word after the fence; undefined where there is none, as of a diagram. */
  readonly language: string | undefined;
  /** Without the fence, and without the indent of a list that it is in. */
  readonly text: string;
}

/** A command or a name in the middle of a sentence. */
export interface InlineCode {
  readonly place: string;
  readonly text: string;
}

/** Where a sentence leads to. */
export interface Link {
  readonly place: string;
  readonly url: string;
}

export interface Document {
  /** From the root of the repository. */
  readonly path: string;
  readonly text: string;
  /** In their order. */
  readonly blocks: readonly Block[];
  readonly inlineCode: readonly InlineCode[];
  readonly links: readonly Link[];
  /** Of its headings, as GitHub makes them. */
  readonly anchors: readonly string[];
}

/** What a user is given to read. */
const USERS_DOCUMENTS = ['README.md', 'docs/**/*.md', 'packages/*/README.md', 'infra/images/README.md'];

/** The documents for users, by their paths. */
export function documentPaths(): readonly string[] {
  return globSync(USERS_DOCUMENTS, { cwd: REPOSITORY_ROOT }).toSorted();
}

export function readDocument(path: string): Document {
  return parseDocument(path, readFileSync(join(REPOSITORY_ROOT, path), 'utf8'));
}

export function parseDocument(path: string, text: string): Document {
  const blocks: Block[] = [];
  const inlineCode: InlineCode[] = [];
  const links: Link[] = [];
  const anchors: string[] = [];
  const slugger = new GithubSlugger();
  const visit = (node: Node): void => {
    const place = `${path}:${node.position?.start.line ?? 0}`;
    if (node.type === 'code') blocks.push({ place, language: node.lang ?? undefined, text: node.value });
    else if (node.type === 'inlineCode') inlineCode.push({ place, text: node.value.replaceAll('\n', ' ') });
    else if (node.type === 'link') links.push({ place, url: node.url });
    else if (node.type === 'heading') anchors.push(slugger.slug(textOf(node)));
    if ('children' in node) for (const child of node.children) visit(child);
  };
  visit(fromMarkdown(text));
  return { path, text, blocks, inlineCode, links, anchors };
}

function textOf(node: Node): string {
  if ('children' in node) return node.children.map(textOf).join('');
  return 'value' in node ? node.value : '';
}

type Root = ReturnType<typeof fromMarkdown>;
type Node = Root | Root['children'][number];

/** The part of a document below a heading of the second level, as a document. */
export function section(document: Document, title: string): Document {
  const rest = document.text.split(`\n## ${title}\n`)[1];
  if (rest === undefined) throw new Error(`${document.path} has no section "${title}"`);
  return parseDocument(document.path, rest.split('\n## ')[0]!);
}

export function blocksOf({ blocks }: Document, language: string): readonly Block[] {
  return blocks.filter((block) => block.language === language);
}
