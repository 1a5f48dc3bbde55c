import { join } from 'node:path';
import type { AgentInput } from './adapter.js';
import { writeHomeFile } from './home.js';

/**
 * The prompt, so that every CLI gives it to the model. One that begins with a slash (aider: an exclamation mark too)
 * is taken for a command of the CLI itself: `/clear` would end the run at once, with success.
 */
export function promptText(input: AgentInput): string {
  return /^\s*[/!]/.test(input.prompt) ? `Task: ${input.prompt}` : input.prompt;
}

/** A file with the same text, for a CLI that reads no stdin. */
export async function promptFile(input: AgentInput): Promise<string> {
  const text = promptText(input);
  if (text === input.prompt) return input.promptFile;
  await writeHomeFile(input.homeDir, 'prompt.md', text);
  return join(input.homeDir, 'prompt.md');
}
