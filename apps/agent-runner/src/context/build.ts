import type { ContextDocument, ContextLevel } from '@outpost/contracts';
import { timestamp, type Clock } from '@outpost/platform';
import { createHash, randomUUID } from 'node:crypto';
import type { Redactor } from '../redaction/index.js';
import { estimateTokens, HARD_CAP_TOKENS, LEVELS, type ContextInjection } from './model.js';
import { renderPrevious, type Previous } from './previous.js';
import { render } from './render.js';
import { RepositoryReader } from './repository-reader.js';
import { findSections } from './sources.js';
import { fit } from './trim.js';

export interface BuildContextParams {
  readonly level: ContextLevel;
  /** The work tree, as it was cloned: before the agent had its hands on it. Absolute. */
  readonly repoDir: string;
  /** What every change is a change against. */
  readonly baseCommit: string;
  /** The dispatch that this one goes on from, if any. */
  readonly previous?: Previous | undefined;
  /** What the tenant has written. */
  readonly documents: readonly ContextDocument[];
  /** One line each, newest first; stands in for a journal when the repository keeps none. */
  readonly recentCommits: readonly string[];
  readonly dispatchId: string;
  /** A new UUID when absent. */
  readonly injectionId?: string;
  readonly clock: Clock;
  readonly redactor: Redactor;
}

/**
 * Gathers what a repository says about itself, and a tenant to its agents. Never rejects for what it holds: a file that is missing, is no text or
 * leads outside of it is no section. The whole stays within the budget of its level; see `context.json`.
 */
export async function buildContext(params: BuildContextParams): Promise<ContextInjection> {
  const { level, dispatchId, baseCommit, clock } = params;
  const budgetTokens = Math.min(LEVELS[level].budgetTokens, HARD_CAP_TOKENS);
  const reader = new RepositoryReader(params.repoDir, params.redactor);
  const found = await findSections(level, {
    reader,
    documents: params.documents,
    recentCommits: params.recentCommits,
  });
  const { sections, trimming } = fit(found, budgetTokens);
  const trimmed = new Set(trimming.map(({ section }) => section));
  const prompt = render(sections);
  const previous = params.previous && renderPrevious(params.previous, (text) => reader.scrub(text));
  const document = {
    injectionId: params.injectionId ?? randomUUID(),
    dispatchId,
    baseCommit,
    level,
    createdAt: timestamp(clock),
    budgetTokens,
    hardCapTokens: HARD_CAP_TOKENS,
    totalTokens: estimateTokens(prompt),
    tokenEstimate: 'ceil(characters / 4)' as const,
    sections: sections.map(({ name, source, text }) => ({
      name,
      source,
      tokens: estimateTokens(text),
      sha256: createHash('sha256').update(text).digest('hex'),
      trimmed: trimmed.has(name),
    })),
    trimming,
    ...(previous !== undefined && { previous: previous.document }),
    redactions: reader.redactions,
  };
  const prompts = [prompt, previous?.prompt ?? ''].filter((part) => part !== '');
  return { prompt: prompts.join('\n\n'), document };
}
