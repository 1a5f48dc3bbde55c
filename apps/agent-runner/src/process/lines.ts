import { StringDecoder } from 'node:string_decoder';

const [LF, CR] = [0x0a, 0x0d];
/** A Buffer of one byte takes a hundred. */
const JOIN_AT = 1_024;

/**
 * Splits bytes into lines of text, without their line breaks. A line that is longer than `maxLineBytes` is cut there,
 * between two characters, and says how much is missing; what is cut is never held in memory.
 */
export class LineSplitter {
  readonly #maxLineBytes: number;
  #parts: Buffer[] = [];
  /** The latest, each as it came: an agent may write byte by byte. */
  #latest: Buffer[] = [];
  #kept = 0;
  #dropped = 0;

  constructor(maxLineBytes: number) {
    this.#maxLineBytes = maxLineBytes;
  }

  /** The lines that `bytes` completes. */
  push(bytes: Buffer): string[] {
    const lines: string[] = [];
    let from = 0;
    for (let end = bytes.indexOf(LF); end >= 0; end = bytes.indexOf(LF, from)) {
      this.#add(bytes.subarray(from, end));
      lines.push(this.#take());
      from = end + 1;
    }
    this.#add(bytes.subarray(from));
    return lines;
  }

  /** The last line, if no line break ended it. */
  end(): string[] {
    return this.#kept + this.#dropped === 0 ? [] : [this.#take()];
  }

  #add(bytes: Buffer): void {
    const room = this.#maxLineBytes - this.#kept;
    const kept = bytes.subarray(0, room);
    if (kept.length > 0) this.#latest.push(kept);
    if (this.#latest.length === JOIN_AT) this.#join();
    this.#kept += kept.length;
    this.#dropped += bytes.length - kept.length;
  }

  #join(): void {
    this.#parts.push(Buffer.concat(this.#latest));
    this.#latest = [];
  }

  #take(): string {
    this.#join();
    const bytes = Buffer.concat(this.#parts);
    const dropped = this.#dropped;
    this.#parts = [];
    this.#kept = 0;
    this.#dropped = 0;
    if (dropped > 0) return `${wholeCharacters(bytes)} [line cut: ${dropped} more bytes]`;
    return (bytes.at(-1) === CR ? bytes.subarray(0, -1) : bytes).toString('utf8');
  }
}

function wholeCharacters(bytes: Buffer): string {
  return new StringDecoder('utf8').write(bytes);
}
