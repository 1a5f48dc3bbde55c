import type { Readable } from 'node:stream';

const NEWLINE = 0x0a;

/** The whole lines of a stream; not what follows the last newline. Rejects on one that is longer. */
export async function* linesOf(
  stream: Readable,
  { maxBytes }: { readonly maxBytes: number },
): AsyncGenerator<string, void, void> {
  let parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    let rest = Buffer.from(chunk as Uint8Array | string);
    for (let at = rest.indexOf(NEWLINE); at !== -1; at = rest.indexOf(NEWLINE)) {
      yield Buffer.concat([...parts, rest.subarray(0, at)]).toString('utf8');
      parts = [];
      size = 0;
      rest = rest.subarray(at + 1);
    }
    parts.push(rest);
    size += rest.length;
    if (size > maxBytes) throw new Error(`A line is longer than ${maxBytes} bytes.`);
  }
}
