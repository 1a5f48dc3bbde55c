import fc from 'fast-check';
import { StringDecoder } from 'node:string_decoder';
import { describe, expect, it } from 'vitest';
import { LineSplitter } from './lines.js';

/** The same of the whole text at once. */
function linesOf(bytes: Buffer, max: number): string[] {
  const lines = bytes.toString('latin1').split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.map((text) => {
    const line = Buffer.from(text, 'latin1');
    const missing = line.length - max;
    if (missing > 0)
      return `${new StringDecoder('utf8').write(line.subarray(0, max))} [line cut: ${missing} more bytes]`;
    return (text.endsWith('\r') ? line.subarray(0, -1) : line).toString();
  });
}

const bytes = fc
  .array(
    fc.oneof(
      fc.constantFrom('\n', '\r\n', '\r', '', 'é', '🚀', 'a line').map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 20 }).map((array) => Buffer.from(array)),
    ),
    { maxLength: 60 },
  )
  .map((parts) => Buffer.concat(parts));
const sizes = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 6 });

describe('lines', () => {
  it('are the same however the bytes arrive, and none is longer than it may be', () => {
    fc.assert(
      fc.property(bytes, sizes, fc.integer({ min: 1, max: 50 }), (input, chunks, max) => {
        const splitter = new LineSplitter(max);
        const lines: string[] = [];
        for (let from = 0, turn = 0; from < input.length; turn += 1) {
          const to = from + chunks[turn % chunks.length]!;
          lines.push(...splitter.push(input.subarray(from, to)));
          from = to;
        }
        expect([...lines, ...splitter.end()]).toEqual(linesOf(input, max));
      }),
      { numRuns: 3_000 },
    );
  });

  it('may come byte by byte', () => {
    const splitter = new LineSplitter(100_000);
    const one = Buffer.from('x');
    for (let count = 0; count < 150_000; count += 1) expect(splitter.push(one)).toEqual([]);
    expect(splitter.push(Buffer.from('\n'))).toEqual([`${'x'.repeat(100_000)} [line cut: 50000 more bytes]`]);
  });
});
