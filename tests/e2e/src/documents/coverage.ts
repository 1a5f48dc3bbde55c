import { documentPaths, readDocument, type Block, type Document } from '@outpost/test-support';
import { isSetUp, linesOf } from './blocks.js';
import { EXAMPLES } from './examples.js';
import { SESSIONS } from './sessions.js';
import { TYPED } from './typed.js';

/*
 * How documents are written: every block says its language. Blocks of a shell run as they stand, in their order, by one
 * `bash -euo pipefail` in a git repository, with `outpost` on PATH and OUTPOST_URL and OUTPOST_API_KEY set. An answer that
 * is an error ends them. What needs an account or a registry is called all the same, and what it would call writes down
 * how it was (`recorder.ts`).
 */

/** The languages of blocks that a machine can read; all else is text or a drawing. */
export const LANGUAGES = ['sh', 'json', 'js', 'ts', 'yaml', 'toml', 'ini'] as const;
export type Language = (typeof LANGUAGES)[number];

/** Who runs or checks the blocks of a language in a document. */
export interface Coverage {
  readonly document: string;
  readonly language: Language;
  /** The file of tests, from here. */
  readonly by: string;
}

/** How an agent is run is known to its adapter alone. */
const ADAPTERS = '../../../../apps/agent-runner/src/agents/documents.test.ts';

/** Documents whose commands want more than a line in the table of sessions. */
const OF_THEIR_OWN: readonly Coverage[] = [
  { document: 'README.md', language: 'sh', by: 'readme.test.ts' },
  { document: 'docs/cli.md', language: 'sh', by: 'command-line.test.ts' },
  { document: 'docs/mcp.md', language: 'sh', by: 'command-line.test.ts' },
  { document: 'docs/deploy.md', language: 'sh', by: 'deploy.test.ts' },
  { document: 'docs/webhooks.md', language: 'sh', by: 'webhooks.test.ts' },
  { document: 'docs/webhooks.md', language: 'js', by: 'webhooks.test.ts' },
  { document: 'docs/quickstart.md', language: 'sh', by: 'quickstart.test.ts' },
  { document: 'docs/operations.md', language: 'ini', by: 'operations.test.ts' },
  { document: 'docs/agents/gemini.md', language: 'json', by: ADAPTERS },
  { document: 'docs/agents/grok.md', language: 'toml', by: ADAPTERS },
];

/** Every document with blocks, by language, that a test runs or checks. */
export const COVERAGE: readonly Coverage[] = [
  ...OF_THEIR_OWN,
  ...SESSIONS.map(({ document }) => ({ document, language: 'sh', by: 'sessions.test.ts' }) as const),
  ...EXAMPLES.map(({ document, language }) => ({ document, language, by: 'examples.test.ts' })),
  ...TYPED.map(({ document }) => ({ document, language: 'ts', by: 'typed.test.ts' }) as const),
];

/** What is wrong with the blocks of a document, in words for whoever has just written one; nothing when all is well. */
export function problemsOf(document: Document, coverage: readonly Coverage[] = COVERAGE): readonly string[] {
  return document.blocks.flatMap((block) => {
    const problem = problemOf(block, document.path, coverage);
    return problem === undefined ? [] : [`${block.place}: ${problem}`];
  });
}

function problemOf(block: Block, path: string, coverage: readonly Coverage[]): string | undefined {
  const { language } = block;
  if (language === undefined) {
    return looksLikeCommands(block) ? 'looks like commands: say ```sh, so that a test runs it' : undefined;
  }
  if (!isKnown(language))
    return `no test knows the language ${language}: take one of ${LANGUAGES.join(', ')}`;
  // Their names are looked up by commands.test.ts, wherever they are.
  if (isSetUp(block)) return undefined;
  const by = coverage.filter((each) => each.document === path && each.language === language);
  if (by.length === 1) return undefined;
  if (by.length > 1)
    return `more than one test has its ${language} blocks: ${by.map((each) => each.by).join(', ')}`;
  return `no test runs or checks its ${language} blocks: add ${path} to ${tableFor(language)} in tests/e2e/src/documents`;
}

function isKnown(language: string): language is Language {
  return (LANGUAGES as readonly string[]).includes(language);
}

function looksLikeCommands({ text }: Block): boolean {
  return linesOf(text).some((line) => /^\s*(\$ |npm |outpost |curl |git |cdk |aws |docker )/.test(line));
}

function tableFor(language: Language): string {
  switch (language) {
    case 'sh':
      return 'sessions.ts';
    case 'json':
      return 'examples.ts';
    case 'ts':
      return 'typed.ts';
    default:
      return 'coverage.ts, with a test of its own';
  }
}

/** Entries of the tables without a block that they are for. */
export function staleCoverage(): readonly Coverage[] {
  const paths = documentPaths();
  return COVERAGE.filter(
    ({ document, language }) =>
      !paths.includes(document) ||
      !readDocument(document).blocks.some((block) => block.language === language && !isSetUp(block)),
  );
}
