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

/** A command or a name in the middle of a sentence, or where a link leads. */
export interface Mention {
  readonly place: string;
  readonly text: string;
}

export interface Document {
  /** From the root of the repository. */
  readonly path: string;
  readonly text: string;
  /** In their order. */
  readonly blocks: readonly Block[];
  readonly inlineCode: readonly Mention[];
  readonly links: readonly Mention[];
  /** What a link to a heading has after its `#`. */
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
  const found = {
    blocks: [] as Block[],
    inlineCode: [] as Mention[],
    links: [] as Mention[],
    anchors: [] as string[],
  };
  const visit = (node: Node): void => {
    const place = `${path}:${node.position?.start.line ?? 0}`;
    if (node.type === 'code')
      found.blocks.push({ place, language: node.lang ?? undefined, text: node.value });
    else if (node.type === 'inlineCode')
      found.inlineCode.push({ place, text: node.value.replaceAll('\n', ' ') });
    else if (node.type === 'link') found.links.push({ place, text: node.url });
    else if (node.type === 'heading') found.anchors.push(anchorOf(textOf(node)));
    if ('children' in node) for (const child of node.children) visit(child);
  };
  visit(fromMarkdown(text));
  return { path, text, ...found };
}

function textOf(node: Node): string {
  if ('value' in node) return node.value;
  return 'children' in node ? node.children.map(textOf).join('') : '';
}

/** As GitHub makes it. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/g, '-');
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
