import { join } from 'node:path';
import type { RepositoryReader } from './repository-reader.js';

const DIRECTORIES = ['docs/decisions', 'docs/adr', 'doc/adr', 'adr'];
const NO_DECISION = /^(readme|index|template|.*-template)\.md$/i;
const METADATA =
  /^[-*]?\s*\**(date|status|deciders?|decision-makers|consulted|informed|tags?|authors?)\b\**\s*:/i;
const MAX_DECISIONS = 40;
const MAX_PARAGRAPH_CHARACTERS = 500;

/** The titles and opening paragraphs of the repository's decision records, newest first: what is cut is the oldest. */
export async function readDecisions(
  reader: RepositoryReader,
): Promise<{ source: string; text: string } | undefined> {
  for (const source of DIRECTORIES) {
    const names = (await reader.list(source)).filter(
      (name) => /\.md$/i.test(name) && !NO_DECISION.test(name),
    );
    const summaries: string[] = [];
    for (const name of names.toReversed().slice(0, MAX_DECISIONS)) {
      const text = await reader.read(join(source, name));
      if (text !== undefined && text !== '') summaries.push(summarize(reader.scrub(name), text));
    }
    if (summaries.length > 0) return { source, text: summaries.join('\n\n') };
  }
  return undefined;
}

function summarize(name: string, text: string): string {
  const body = text.replace(/^---\n.*?\n---\n/s, '');
  const title = /^#\s+(.+)$/m.exec(body)?.[1] ?? name.replace(/\.md$/i, '');
  const opening = firstParagraph(body);
  return opening === undefined ? `- ${title}` : `- ${title}\n  ${opening}`;
}

/** Passes over headings, the record's data, and all that stands below `Status`. */
function firstParagraph(body: string): string | undefined {
  let heading = '';
  for (const block of body.split(/\n\s*\n|\n(?=#)|(?<=^#.*)\n/m)) {
    const paragraph = block.trim();
    if (paragraph.startsWith('#')) heading = paragraph.replace(/^#+\s*/, '');
    else if (paragraph !== '' && !/^status$/i.test(heading) && !METADATA.test(paragraph)) {
      return paragraph
        .replace(/\s*\n\s*/g, ' ')
        .slice(0, MAX_PARAGRAPH_CHARACTERS)
        .toWellFormed();
    }
  }
  return undefined;
}
