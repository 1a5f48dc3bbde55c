import { clearLine, cursorTo } from 'node:readline';
import type { WriteStream } from 'node:tty';
import { styleText } from 'node:util';
import { cut } from '../terminal/plain.js';

const REDRAW_MS = 500;

/** The last line of a terminal, which says how it goes while others are written above it. Elsewhere it is nothing. */
export class StatusLine {
  readonly #stream: WriteStream | undefined;
  readonly #textOf: () => string;
  readonly #timer: NodeJS.Timeout | undefined;

  constructor(stream: WriteStream, textOf: () => string) {
    this.#stream = stream.isTTY ? stream : undefined;
    this.#textOf = textOf;
    if (this.#stream !== undefined) this.#timer = setInterval(() => this.#draw(), REDRAW_MS);
    this.#draw();
  }

  /** Writes something above it. */
  above(write: () => void): void {
    this.#clear();
    write();
    this.#draw();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#clear();
  }

  #draw(): void {
    if (this.#stream === undefined) return;
    this.#clear();
    const text = cut(this.#textOf(), (this.#stream.columns || 80) - 1);
    this.#stream.write(styleText('dim', text, { stream: this.#stream }));
  }

  #clear(): void {
    if (this.#stream === undefined) return;
    clearLine(this.#stream, 0);
    cursorTo(this.#stream, 0);
  }
}
