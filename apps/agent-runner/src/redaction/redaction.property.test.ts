import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRedactor } from './index.js';

/** What must not be readable afterwards, and a text that would show it. */
interface Shown {
  readonly text: string;
  readonly forbidden: string;
}

type Encoding = (secret: string, around: readonly [string, string]) => Shown;

const plain =
  (encode: (secret: string) => string): Encoding =>
  (secret, [before, after]) => ({ text: before + encode(secret) + after, forbidden: encode(secret) });

/** An oracle of its own: encodes the whole text, and cuts out the characters that hold bits of the secret only. */
const base64 =
  (variant: 'base64' | 'base64url', columns: number): Encoding =>
  (secret, [before, after]) => {
    const encoded = Buffer.from(before + secret + after).toString(variant);
    const bits = (text: string): number => Buffer.byteLength(text) * 8;
    const forbidden = encoded.slice(Math.ceil(bits(before) / 6), Math.floor(bits(before + secret) / 6));
    return { text: encoded.replace(new RegExp(`.{${columns}}`, 'g'), '$&\n'), forbidden };
  };

const ENCODINGS: Record<string, Encoding> = {
  raw: plain((secret) => secret),
  json: plain((secret) => JSON.stringify(secret).slice(1, -1)),
  url: plain(encodeURIComponent),
  urlSmall: plain((secret) => encodeURIComponent(secret).replace(/%../g, (found) => found.toLowerCase())),
  form: plain((secret) => new URLSearchParams([['', secret]]).toString().slice(1)),
  hex: plain((secret) => Buffer.from(secret).toString('hex')),
  hexCapital: plain((secret) => Buffer.from(secret).toString('hex').toUpperCase()),
  base64: base64('base64', 1_000_000),
  base64Wrapped: base64('base64', 76),
  base64Url: base64('base64url', 1_000_000),
};

const wellFormed = (text: string): boolean => text.isWellFormed();
const text = fc.string({ unit: fc.constantFrom(...'ab01 =/+%\\"\n', 'é', '🚀'), maxLength: 60 });
const secret = fc
  .oneof(
    fc.string({ unit: 'grapheme', minLength: 6, maxLength: 120 }),
    fc.string({ unit: fc.constantFrom(...'abc0+/"\\ é'), minLength: 6, maxLength: 40 }),
    fc.base64String({ minLength: 20, maxLength: 100 }),
  )
  .map((value) => value.trim())
  .filter((value) => value.length >= 6 && wellFormed(value) && !'[REDACTED]'.includes(value));

const shown = fc
  .record({
    secrets: fc.array(secret, { minLength: 1, maxLength: 4 }),
    pieces: fc.array(fc.tuple(fc.nat(), fc.constantFrom(...Object.keys(ENCODINGS)), text, text), {
      minLength: 1,
      maxLength: 4,
    }),
  })
  .map(({ secrets, pieces }) => ({
    secrets,
    pieces: pieces.map(([index, name, before, after]) =>
      ENCODINGS[name]!(secrets[index % secrets.length]!, [before, after]),
    ),
  }));

/** Cuts into chunks of the given sizes, over and over. */
function cut(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  for (let from = 0, turn = 0; from < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length]!;
    chunks.push(bytes.subarray(from, from + size));
    from += size;
  }
  return chunks;
}

function throughStream(secrets: readonly string[], chunks: readonly Buffer[], end: Buffer): string {
  const stream = createRedactor(secrets).stream();
  return Buffer.concat([
    ...chunks.map((chunk) => stream.push(chunk)),
    stream.push(end),
    stream.end(),
  ]).toString();
}

const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 });
const unwrapped = (output: string): string => output.replaceAll('\n', '');

describe('whatever the secrets, their encoding and the cuts', () => {
  it('no form of a secret leaves', () => {
    fc.assert(
      fc.property(shown, sizes, ({ secrets, pieces }, chunkSizes) => {
        const input = Buffer.from(pieces.map((piece) => piece.text).join(' | '));
        const output = throughStream(secrets, cut(input, chunkSizes), Buffer.alloc(0));
        for (const { forbidden } of pieces) {
          expect(output).not.toContain(forbidden);
          if (/^[\w+/-]+$/.test(forbidden)) expect(unwrapped(output)).not.toContain(forbidden);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('the cuts do not change the outcome', () => {
    fc.assert(
      fc.property(shown, sizes, ({ secrets, pieces }, chunkSizes) => {
        const whole = pieces.map((piece) => piece.text).join('');
        // A blank at the end that no secret holds: the text is not cut within a secret.
        const output = throughStream(secrets, cut(Buffer.from(whole), chunkSizes), Buffer.from('\x01'));
        expect(output).toBe(createRedactor(secrets).text(`${whole}\x01`));
      }),
      { numRuns: 1_000 },
    );
  });

  it('bytes that hold none of them pass unchanged', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 500 }),
        fc.array(secret, { maxLength: 4 }),
        sizes,
        (array, secrets, chunkSizes) => {
          const input = Buffer.from(array);
          const stream = createRedactor(secrets).stream();
          const output = Buffer.concat([
            ...cut(input, chunkSizes).map((chunk) => stream.push(chunk)),
            stream.end(),
          ]);
          expect(output.equals(input)).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('text of their own characters passes unchanged when none is in it', () => {
    fc.assert(
      fc.property(text, text, sizes, (one, other, chunkSizes) => {
        const value = `${one}zz${other}`.trim();
        const input = Buffer.from(one + other + one);
        const output = throughStream([value], cut(input, chunkSizes), Buffer.from('\x01')).slice(0, -1);
        const longLines = value.split(/\n|\\n/).some((line) => line.trim().length >= 16);
        if (!longLines) expect(output).toBe(input.toString());
      }),
      { numRuns: 1_000 },
    );
  });
});
