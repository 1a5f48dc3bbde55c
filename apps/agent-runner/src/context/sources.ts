import type { ContextLevel } from '@outpost/contracts';
import { readDecisions } from './decisions.js';
import { LEVELS, type Section, type SectionName } from './model.js';
import type { RepositoryReader } from './repository-reader.js';

type Found = Pick<Section, 'source' | 'text' | 'keep'> | undefined;

const README = /^readme(?:\.(md|markdown|rst|adoc|txt))?$/i;
const README_EXTENSIONS = ['md', 'markdown', 'rst', 'adoc', 'txt', undefined];

export interface SourceParams {
  readonly reader: RepositoryReader;
  /** Newest first; stands in for a journal. */
  readonly recentCommits: readonly string[];
}

const FINDERS: Readonly<Record<SectionName, (params: SourceParams) => Promise<Found>>> = {
  SOUL: async ({ reader }) => (await file(reader, 'SOUL.md')) ?? (await readme(reader)),
  ANCHORS: async ({ reader }) => (await file(reader, 'ANCHORS.md')) ?? (await decisions(reader)),
  PROFILE: async ({ reader }) =>
    (await file(reader, 'PROFILE.md')) ?? (await file(reader, '.outpost/PROFILE.md')),
  JOURNAL: async (params) => (await file(params.reader, 'JOURNAL.md', 'tail')) ?? commits(params),
  ROADMAP: ({ reader }) => file(reader, 'ROADMAP.md'),
};

/** The sections of a level that the repository has. AGENTS.md and CLAUDE.md are not among them: the CLIs read those. */
export async function findSections(level: ContextLevel, params: SourceParams): Promise<Section[]> {
  const sections = await Promise.all(
    LEVELS[level].sections.map(async (name) => ({ name, found: await FINDERS[name](params) })),
  );
  return sections.flatMap(({ name, found }) => (found === undefined ? [] : [{ name, ...found }]));
}

/** An empty file counts as none. */
async function file(
  reader: RepositoryReader,
  source: string,
  keep: 'head' | 'tail' = 'head',
): Promise<Found> {
  const text = await reader.read(source, keep);
  return text === undefined || text === '' ? undefined : { source, text, keep };
}

async function readme(reader: RepositoryReader): Promise<Found> {
  const rank = (name: string): number => README_EXTENSIONS.indexOf(README.exec(name)?.[1]?.toLowerCase());
  const names = (await reader.list('.')).filter((name) => README.test(name));
  for (const name of names.toSorted((a, b) => rank(a) - rank(b))) {
    const found = await file(reader, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

async function decisions(reader: RepositoryReader): Promise<Found> {
  const found = await readDecisions(reader);
  return found && { ...found, keep: 'head' };
}

function commits({ reader, recentCommits }: SourceParams): Found {
  if (recentCommits.length === 0) return undefined;
  const text = reader.scrub(recentCommits.map((commit) => `- ${commit}`).join('\n'));
  return { source: 'git log', text, keep: 'head' };
}
