import type { Readable } from 'node:stream';
import type { RedactingStream } from '../redaction/index.js';
import { LineSplitter } from './lines.js';

export type OutputStream = 'stdout' | 'stderr';

/** A promise holds the agent's output back until it settles; the agent then waits in its write. */
export type OnLine = (stream: OutputStream, text: string) => void | Promise<void>;

/** How much of the output of a run is passed on, over both streams. */
export class OutputBudget {
  readonly maxBytes: number;
  #used = 0;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  /** `cut` for the first line that is too much, `drop` from then on. */
  take(line: string): 'pass' | 'cut' | 'drop' {
    if (this.#used > this.maxBytes) return 'drop';
    this.#used += Buffer.byteLength(line) + 1;
    return this.#used > this.maxBytes ? 'cut' : 'pass';
  }
}

export interface OutputReaderParams {
  readonly stream: OutputStream;
  readonly redaction: RedactingStream;
  readonly maxLineBytes: number;
  readonly budget: OutputBudget;
  readonly onLine: OnLine;
}

/** Reads one stream of the agent to its end, come what may: an agent whose output nobody reads would never end. */
export class OutputReader {
  readonly #params: OutputReaderParams;
  readonly #splitter: LineSplitter;
  /** The last line that was dropped: most CLIs say there how the run ended, so that it is passed on after all. */
  #lastDropped: string | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(params: OutputReaderParams) {
    this.#params = params;
    this.#splitter = new LineSplitter(params.maxLineBytes);
  }

  /** Resolves at the end of the stream, also of one that breaks off. Rejects, then too, with what `onLine` threw first. */
  async read(source: Readable): Promise<void> {
    const { redaction } = this.#params;
    try {
      for await (const chunk of source)
        await this.#emit(this.#splitter.push(redaction.push(chunk as Buffer)));
    } catch {
      // The stream was destroyed because a process that nobody can end still holds it: what came is what there is.
    }
    await this.#emit(this.#splitter.push(redaction.end()));
    await this.#emit(this.#splitter.end());
    if (this.#lastDropped !== undefined) await this.#pass(this.#lastDropped);
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  async #emit(lines: readonly string[]): Promise<void> {
    const { budget } = this.#params;
    for (const line of lines) {
      const verdict = budget.take(line);
      if (verdict === 'cut') await this.#pass(`[output cut: more than ${budget.maxBytes} bytes]`);
      if (verdict === 'pass') await this.#pass(line);
      else this.#lastDropped = line;
    }
  }

  async #pass(line: string): Promise<void> {
    if (this.#failure !== undefined) return;
    try {
      await this.#params.onLine(this.#params.stream, line);
    } catch (error) {
      this.#failure = { error };
    }
  }
}
