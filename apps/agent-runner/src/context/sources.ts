import type { ContextDocument, ContextDocumentName, ContextLevel } from '@outpost/contracts';
import { readDecisions } from './decisions.js';
import { LEVELS, type Section, type SectionName } from './model.js';
import type { RepositoryReader } from './repository-reader.js';

type Found = Pick<Section, 'source' | 'text' | 'keep'> | undefined;

const README = /^readme(?:\.(md|markdown|rst|adoc|txt))?$/i;
const README_EXTENSIONS = ['md', 'markdown', 'rst', 'adoc', 'txt', undefined];

export interface SourceParams {
  readonly reader: RepositoryReader;
  /** What the tenant has written. */
  readonly documents: readonly ContextDocument[];
  /** Newest first; stands in for a journal. */
  readonly recentCommits: readonly string[];
}

/**
 * A repository's own file comes before what the tenant says, and that before what else can stand in for it. Only who
 * the tenant is, it knows itself best.
 */
const FINDERS: Readonly<Record<SectionName, (params: SourceParams) => Promise<Found>>> = {
  SOUL: async (params) =>
    (await file(params.reader, 'SOUL.md')) ?? document(params, 'SOUL') ?? (await readme(params.reader)),
  ANCHORS: async (params) =>
    (await file(params.reader, 'ANCHORS.md')) ??
    document(params, 'ANCHORS') ??
    (await decisions(params.reader)),
  PROFILE: async (params) =>
    document(params, 'PROFILE') ??
    (await file(params.reader, 'PROFILE.md')) ??
    (await file(params.reader, '.outpost/PROFILE.md')),
  JOURNAL: async (params) => (await file(params.reader, 'JOURNAL.md', 'tail')) ?? commits(params),
  ROADMAP: async (params) => (await file(params.reader, 'ROADMAP.md')) ?? document(params, 'ROADMAP'),
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

function document({ reader, documents }: SourceParams, name: ContextDocumentName): Found {
  const found = documents.find((candidate) => candidate.name === name);
  return found && { source: `tenant ${name}`, text: reader.scrub(found.content).trim(), keep: 'head' };
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
