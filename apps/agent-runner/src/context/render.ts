import type { ContextInjection, Section } from './model.js';

const INTRODUCTION =
  'Background from this repository, gathered before you started. The task follows after it.';

/** The sections as the agent reads them; empty when there are none. */
export function render(sections: readonly Section[]): string {
  if (sections.length === 0) return '';
  const blocks = sections.map(
    ({ name, source, text }) => `<section name="${name}" source="${source}">\n${text}\n</section>`,
  );
  return ['<repository-context>', INTRODUCTION, ...blocks, '</repository-context>'].join('\n');
}

/** The agent's whole prompt. Without context, the task as it is. */
export function composePrompt(context: Pick<ContextInjection, 'prompt'>, task: string): string {
  return context.prompt === '' ? task : `${context.prompt}\n\n${task}`;
}
