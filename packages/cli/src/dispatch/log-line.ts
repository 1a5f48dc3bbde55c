import type { LogLine } from '@outpost/contracts';
import { styleText } from 'node:util';
import { plain } from '../terminal/plain.js';

const STYLES = { system: 'dim', error: 'red', tool: 'cyan' } as const;

/** A line of the log, for a person. `stream` is where it goes: styles are for terminals. */
export function renderLogLine({ kind, text }: LogLine, stream: NodeJS.WritableStream): string {
  const style = kind in STYLES ? STYLES[kind as keyof typeof STYLES] : undefined;
  return style === undefined ? plain(text) : styleText(style, plain(text), { stream });
}
