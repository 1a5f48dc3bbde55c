import { stripVTControlCharacters } from 'node:util';

/** What an agent or a server wrote, as one line that cannot steer the terminal. */
export function plain(text: string): string {
  const visible = stripVTControlCharacters(text);
  // oxlint-disable-next-line no-control-regex -- these are what has to go
  return visible.replaceAll(/[\u0000-\u001F\u007F-\u009F\u2028\u2029]+/g, ' ').trim();
}

/** The same for text of several lines. */
export function plainText(text: string): string {
  const visible = stripVTControlCharacters(text);
  // oxlint-disable-next-line no-control-regex -- these are what has to go
  return visible.replaceAll(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u2028\u2029]+/g, ' ');
}

/** At most so many characters, with a mark where it was cut. */
export function cut(text: string, max: number): string {
  return text.length > max ? `${text.slice(0, Math.max(0, max - 1)).toWellFormed()}…` : text;
}
