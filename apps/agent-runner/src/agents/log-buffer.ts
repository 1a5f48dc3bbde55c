import type { AgentLogLine } from './adapter.js';
import { textAt, type JsonObject } from './json.js';

/** Longest text shown for one event, in characters: a log is for reading, and the diff has the whole. */
const TEXT_LIMIT = 4096;
const RESULT_LIMIT = 1024;
const INPUT_LIMIT = 300;
/** Most lines shown of one fragment: megabytes of line breaks would be millions of them. */
const FRAGMENT_LINES_LIMIT = 10_000;

/** Inputs that say most about a tool call, best first. */
const TELLING_INPUTS = [
  'command',
  'cmd',
  'file_path',
  'path',
  'pattern',
  'query',
  'url',
  'prompt',
  'description',
];

/** Cuts a text to a number of characters, with a mark that says how much is missing. */
export function shorten(text: string, limit: number = TEXT_LIMIT): string {
  if (text.length <= limit) return text;
  // Never half of a surrogate pair.
  const cut = text.slice(0, limit).replace(/[\uD800-\uDBFF]$/u, '');
  return `${cut} … (${text.length - cut.length} more characters)`;
}

/** Says in one line what a tool is called with. */
function describeInput(input: JsonObject): string {
  const telling = TELLING_INPUTS.map((key) => textAt(input, key)).find((value) => value !== undefined);
  const text = telling ?? (Object.keys(input).length === 0 ? '' : written(input));
  // Cut first: over megabytes of blanks, this expression would take hours.
  return shorten(text, INPUT_LIMIT).replaceAll(/\s*\n\s*/g, ' ⏎ ');
}

/** JSON can be read that is too deep to be written. */
function written(input: JsonObject): string {
  try {
    return JSON.stringify(input);
  } catch {
    return `{${Object.keys(input).join(', ')}}`;
  }
}

/** Collects what one line of output says, as whole lines for the log. */
export class LogBuffer {
  readonly #lines: AgentLogLine[] = [];
  #fragment = '';

  /** Adds a text that is complete. */
  add(kind: AgentLogLine['kind'], text: string): void {
    this.endText();
    const limit = kind === 'result' ? RESULT_LIMIT : TEXT_LIMIT;
    for (const line of shorten(text.trimEnd(), limit).split(/\r?\n/)) this.#lines.push({ kind, text: line });
  }

  /** Adds a tool call. */
  tool(name: string, input: JsonObject): void {
    this.add('tool', `${name} ${describeInput(input)}`.trimEnd());
  }

  /** Adds a part of a text that goes on in the next event. Its lines are shown as soon as each is whole. */
  fragment(text: string): void {
    const end = text.lastIndexOf('\n');
    if (end === -1) {
      this.#fragment += text;
      return;
    }
    const whole = this.#fragment + text.slice(0, end);
    this.#fragment = text.slice(end + 1);
    this.#push(whole);
  }

  /** Shows the last line of a run of fragments, as nothing more will be added to it. */
  endText(): void {
    const rest = this.#fragment;
    this.#fragment = '';
    if (rest.trim() !== '') this.#push(rest);
  }

  /** Takes out what is ready to be logged. */
  take(): readonly AgentLogLine[] {
    return this.#lines.splice(0);
  }

  #push(text: string): void {
    const lines = text.split(/\r?\n/, FRAGMENT_LINES_LIMIT + 1);
    for (const line of lines.slice(0, FRAGMENT_LINES_LIMIT))
      this.#lines.push({ kind: 'text', text: shorten(line) });
    if (lines.length > FRAGMENT_LINES_LIMIT) this.#lines.push({ kind: 'text', text: '… (more lines)' });
  }
}
