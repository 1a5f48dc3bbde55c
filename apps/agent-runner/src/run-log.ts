import type { LogLine } from '@outpost/contracts';
import { timestamp, type Clock, type DispatchKey, type LogWriter } from '@outpost/platform';
import { createWriteStream, type WriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import type { Logger } from 'pino';
import type { Redactor } from './redaction/index.js';

/** Lines wait this long to be written together. */
const FLUSH_MS = 100;

interface RunLogOptions {
  readonly logs: LogWriter;
  readonly key: DispatchKey;
  readonly clock: Clock;
  readonly redactor: Redactor;
  readonly logger: Logger;
  /** The artifact `output.log`, written beside the live log. */
  readonly file: string;
  /** Bytes after which the rest is left out of log and file, with a mark. */
  readonly maxBytes: number;
  /** Aborted when the dispatch is another worker's: the live log is that one's then. */
  readonly lost: AbortSignal;
}

/** What the run says, live and as a file. Nothing passes that the redactor has not seen. */
export class RunLog {
  readonly #options: RunLogOptions;
  readonly #file: WriteStream;
  #waiting: LogLine[] = [];
  #timer: NodeJS.Timeout | undefined;
  #written: Promise<void> = Promise.resolve();
  #bytes = 0;
  #cut = false;

  constructor(options: RunLogOptions) {
    this.#options = options;
    this.#file = createWriteStream(options.file, { flags: 'w', mode: 0o600 });
    this.#file.on('error', (error) => options.logger.error({ err: error }, 'output.log cannot be written'));
  }

  system(text: string): void {
    this.#push({ kind: 'system', text }, true);
  }

  /** Text of the agent. Its lines were redacted as bytes; what a parser joined from fragments is looked at again. */
  agent({ kind, text }: { kind: Exclude<LogLine['kind'], 'system'>; text: string }): void {
    this.#push({ kind, text }, false);
  }

  /** Resolves when every line so far is stored, in the live log and in the file. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const lines = this.#waiting;
    this.#waiting = [];
    if (lines.length > 0) this.#written = this.#written.then(() => this.#store(lines));
    await Promise.all([this.#written, this.#fileWritten()]);
  }

  /** Flushes, and completes the file. No line may follow. */
  async close(): Promise<void> {
    await this.flush();
    if (this.#file.writableEnded) return;
    this.#file.end();
    await finished(this.#file).catch(() => undefined);
  }

  /** Says that no line follows in the live log either. */
  async seal(): Promise<void> {
    const { logs, key, logger, lost } = this.#options;
    if (lost.aborted) return;
    await logs
      .seal(key)
      .catch((error: unknown) => logger.warn({ err: error }, 'the log could not be sealed'));
  }

  /** An empty write is called back after all before it; also where the file cannot be written, and nothing waits. */
  async #fileWritten(): Promise<void> {
    if (this.#file.writableEnded || this.#file.destroyed) return;
    await new Promise<void>((resolve) => this.#file.write('', () => resolve()));
  }

  #push(line: Omit<LogLine, 'at'>, always: boolean): void {
    if (this.#cut && !always) return;
    const { redactor, maxBytes, clock } = this.#options;
    const text = redactor.text(line.text);
    this.#bytes += Buffer.byteLength(text) + 1;
    if (this.#bytes > maxBytes && !always) {
      this.#cut = true;
      this.#push({ kind: 'system', text: `Output is cut here: it is longer than ${maxBytes} bytes.` }, true);
      return;
    }
    this.#waiting.push({ at: timestamp(clock), kind: line.kind, text });
    this.#file.write(`${line.kind === 'system' ? '# ' : ''}${text}\n`);
    this.#timer ??= setTimeout(() => void this.flush(), FLUSH_MS);
  }

  async #store(lines: readonly LogLine[]): Promise<void> {
    const { logs, key, logger, lost } = this.#options;
    if (lost.aborted) return;
    try {
      await logs.append({ ...key, lines });
    } catch (error) {
      // The file still has them, and becomes the artifact.
      logger.warn({ err: error, lines: lines.length }, 'log lines could not be stored');
    }
  }
}
