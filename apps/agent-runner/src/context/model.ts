import type { ContextLevel } from '@outpost/contracts';

/** In the order in which they stand in the prompt. */
export const SECTION_NAMES = ['SOUL', 'ANCHORS', 'PROFILE', 'JOURNAL', 'ROADMAP'] as const;
export type SectionName = (typeof SECTION_NAMES)[number];

/** Which sections a level injects, and how many tokens all of it may take, headings included. */
export const LEVELS: Readonly<
  Record<ContextLevel, { readonly budgetTokens: number; readonly sections: readonly SectionName[] }>
> = {
  minimal: { budgetTokens: 600, sections: ['SOUL', 'JOURNAL'] },
  standard: { budgetTokens: 1_200, sections: ['SOUL', 'ANCHORS', 'PROFILE', 'JOURNAL'] },
  full: { budgetTokens: 1_800, sections: SECTION_NAMES },
};

/** No level may ever inject more. */
export const HARD_CAP_TOKENS = 2_000;

export const CHARACTERS_PER_TOKEN = 4;

/**
 * A rough count that needs no tokenizer and is the same for every model: a quarter of the characters (UTF-16 units),
 * rounded up. Right for English prose and code within some 20 %; scripts such as Chinese take more tokens than that.
 */
export function estimateTokens(text: string): number {
  return Math.ceil(text.length / CHARACTERS_PER_TOKEN);
}

/** One section, scrubbed. */
export interface Section {
  readonly name: SectionName;
  /** The path in the repository, `git log`, or `tenant` and the name of a document. */
  readonly source: string;
  readonly text: string;
  /** Which end matters more when it has to be shortened. */
  readonly keep: 'head' | 'tail';
}

/** What was taken away to hold the budget. */
export interface Trimming {
  readonly section: SectionName;
  readonly action: 'shortened' | 'dropped';
  readonly fromTokens: number;
  readonly toTokens: number;
}

/** `context.json`: what was put before the task, and where it came from. */
export interface ContextDocument {
  readonly injectionId: string;
  readonly dispatchId: string;
  /** Where the repository stood. */
  readonly baseCommit: string;
  readonly level: ContextLevel;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly budgetTokens: number;
  readonly hardCapTokens: number;
  /** Of all sections as they were injected, headings included. Estimated: see `tokenEstimate`. */
  readonly totalTokens: number;
  readonly tokenEstimate: 'ceil(characters / 4)';
  readonly sections: readonly {
    readonly name: SectionName;
    readonly source: string;
    readonly tokens: number;
    /** Of the text as it was injected: scrubbed and trimmed. */
    readonly sha256: string;
    readonly trimmed: boolean;
  }[];
  readonly trimming: readonly Trimming[];
  /** The dispatch that this one goes on from, and what is said of it: beside the budget. */
  readonly previous?: { readonly dispatchId: string; readonly status: string; readonly tokens: number };
  /** Secrets that were taken out of what was read. */
  readonly redactions: number;
}

export interface ContextInjection {
  /** To be put before the task; empty when there is nothing to say. */
  readonly prompt: string;
  readonly document: ContextDocument;
}
