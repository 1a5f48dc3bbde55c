import { isatty } from 'node:tty';
import { plainText } from './plain.js';
import { renderTable, type Column } from './table.js';

/** The result of a command on stdout, as JSON or as text; everything else on stderr. */
export class Output {
  readonly isJson: boolean;

  constructor({ isJson }: { readonly isJson: boolean }) {
    this.isJson = isJson;
  }

  /** `text` may have several lines, with styles of our own but none of others. */
  result(value: unknown, text: () => string): void {
    process.stdout.write(this.isJson ? `${JSON.stringify(value, null, 2)}\n` : `${text()}\n`);
  }

  /** One value of a stream of them. */
  line(value: unknown, text: () => string): void {
    process.stdout.write(this.isJson ? `${JSON.stringify(value)}\n` : `${text()}\n`);
  }

  /** Bytes as they are; on a terminal without what could steer it. */
  raw(bytes: Buffer): void {
    process.stdout.write(isatty(1) ? plainText(bytes.toString('utf8')) : bytes);
  }

  /** For the person in front of it. */
  note(text: string): void {
    process.stderr.write(`${text}\n`);
  }
}

/** A table, or what to say when there is nothing to put in one. */
export function tableOr(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  nothing: string,
): string {
  return rows.length === 0 ? nothing : renderTable(columns, rows);
}

/** Named values, one in a line; those without a value are left out. */
export function facts(entries: readonly (readonly [string, string | undefined])[]): string {
  const present = entries.filter((entry): entry is [string, string] => entry[1] !== undefined);
  const width = Math.max(...present.map(([name]) => name.length));
  return present.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
}

/** Characters that fit in a line of the terminal; where there is none, as many as are easily read. */
export function lineWidth(): number {
  return process.stdout.columns ?? 120;
}
