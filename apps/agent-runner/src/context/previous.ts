import { estimateTokens } from './model.js';
import { shorten } from './trim.js';

/** Of the task of the parent, and of the last message of its agent. */
const MAX_CHARACTERS = 1_600;

/** The dispatch that this one goes on from. */
export interface Previous {
  readonly dispatchId: string;
  readonly status: string;
  readonly task: string;
  /** The last message of its agent. */
  readonly output?: string | undefined;
}

export interface RenderedPrevious {
  readonly prompt: string;
  readonly document: { readonly dispatchId: string; readonly status: string; readonly tokens: number };
}

/** What an agent is told of the work that it goes on from. Beside the budget of its level: it belongs to the task. */
export function renderPrevious(
  { dispatchId, status, task, output }: Previous,
  scrub: (text: string) => string,
): RenderedPrevious {
  const end = status === 'COMPLETED' ? 'was completed' : `was not completed (${status})`;
  const prompt = [
    `<previous-dispatch id="${dispatchId}">`,
    `The work goes on from an earlier dispatch, which ${end}. What it changed is in the repository already.`,
    ...block('task', task, scrub),
    ...(output === undefined ? [] : block('last-message', output, scrub)),
    '</previous-dispatch>',
  ].join('\n');
  return { prompt, document: { dispatchId, status, tokens: estimateTokens(prompt) } };
}

function block(name: string, text: string, scrub: (text: string) => string): readonly string[] {
  return [`<${name}>`, shorten(scrub(text).trim(), MAX_CHARACTERS, 'head'), `</${name}>`];
}
