import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRedactor } from './index.js';

/**
 * Ways to write a text. Unlike the redactor, which knows how a secret looks in each, the oracle here reads what came out
 * and looks whether the secret is in it.
 */
const WRITERS: Readonly<Record<string, (text: string) => string>> = {
  raw: (text) => text,
  json: (text) => JSON.stringify(text),
  jsonTwice: (text) => JSON.stringify(JSON.stringify(text)),
  jsonEscaped: (text) => text.replace(/[^]/g, (unit) => `\\u${hexOf(unit)}`),
  jsonCapitals: (text) => text.replace(/[^]/g, (unit) => `\\u${hexOf(unit).toUpperCase()}`),
  url: encodeURIComponent,
  urlThroughout: (text) => Buffer.from(text).toString('hex').replace(/../g, '%$&'),
  form: (text) => new URLSearchParams([['k', text]]).toString(),
  hex: (text) => Buffer.from(text).toString('hex'),
  hexCapitals: (text) => Buffer.from(text).toString('hex').toUpperCase(),
  base64: (text) => Buffer.from(text).toString('base64'),
  base64Unpadded: (text) => Buffer.from(text).toString('base64').replace(/=+$/, ''),
  base64Url: (text) => Buffer.from(text).toString('base64url'),
  base64Wrapped: (text) => wrap(Buffer.from(text).toString('base64'), 76),
  base64InUrl: (text) => encodeURIComponent(Buffer.from(text).toString('base64')),
  hexWrapped: (text) => wrap(Buffer.from(text).toString('hex'), 60),
};

function hexOf(unit: string): string {
  return unit.charCodeAt(0).toString(16).padStart(4, '0');
}

function wrap(text: string, columns: number): string {
  return text.replace(new RegExp(`.{${columns}}`, 'g'), '$&\n');
}

/** All that whoever has the output can make of it. */
function readings(output: string): Buffer[] {
  const unwrapped = output.replaceAll('\n', '');
  const unescaped = jsonRead(output);
  const urls = [output, output.replaceAll('+', ' ')].map(urlRead);
  return [
    ...[output, unescaped, jsonRead(unescaped)].map((text) => Buffer.from(text)),
    ...urls,
    ...[unwrapped, ...urls.map((bytes) => bytes.toString())].flatMap(encodedRuns),
  ];
}

function jsonRead(text: string): string {
  const plain: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };
  return text.replaceAll(/\\(?:u([0-9a-fA-F]{4})|([^u]))/g, (_, code?: string, letter = '') =>
    code === undefined ? (plain[letter] ?? letter) : String.fromCharCode(Number.parseInt(code, 16)),
  );
}

function urlRead(text: string): Buffer {
  const bytes = Buffer.from(text).toString('latin1');
  return Buffer.from(
    bytes.replaceAll(/%([0-9a-fA-F]{2})/g, (_, code: string) =>
      String.fromCharCode(Number.parseInt(code, 16)),
    ),
    'latin1',
  );
}

/** What could be base64 or hex, begun at each place where a group of characters may begin. */
function encodedRuns(text: string): Buffer[] {
  const runs = text.match(/[\w+/-]{8,}/g) ?? [];
  return runs.flatMap((run) => [
    ...[0, 1, 2, 3].map((skip) => Buffer.from(run.slice(skip), 'base64')),
    ...(run.match(/[0-9a-fA-F]+/g) ?? []).flatMap((digits) => [
      Buffer.from(digits, 'hex'),
      Buffer.from(digits.slice(1), 'hex'),
    ]),
  ]);
}

const characters = fc.oneof(
  fc.constantFrom(...'abcABC019._-'),
  fc.constantFrom(...'.*+?^${}()|[]\\/"\'`<>&=%#~ \n\t', 'é', 'ß', '漢', '🚀'),
);
const value = fc
  .oneof(
    { weight: 20, arbitrary: fc.string({ unit: characters, minLength: 6, maxLength: 60 }) },
    {
      weight: 1,
      arbitrary: fc.string({ unit: characters, minLength: 300, maxLength: 600, size: 'max' }),
    },
  )
  .map((text) => text.trim())
  .filter((text) => text.length >= 6 && !'[REDACTED]'.includes(text));

/** Secrets of which some begin, end or hold others. */
const secrets = fc
  .tuple(fc.array(value, { minLength: 1, maxLength: 3 }), fc.nat(), fc.nat(3))
  .map(([values, at, kind]) => {
    const first = values[0]!;
    const length = 6 + (at % Math.max(1, first.length - 5));
    const kin = [first.slice(0, length), first.slice(-length), first.slice(2) + first, `${first}x`][kind]!;
    return [...values, kin.toWellFormed().trim()].filter((text) => text.length >= 6);
  });

const around = fc.string({ unit: characters, maxLength: 30 });
const shown = fc.record({
  which: fc.nat(),
  writer: fc.constantFrom(...Object.keys(WRITERS)),
  before: around,
  after: around,
});

function cut(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  for (let from = 0, turn = 0; from < bytes.length; turn += 1) {
    const to = from + sizes[turn % sizes.length]!;
    chunks.push(bytes.subarray(from, to));
    from = to;
  }
  return chunks;
}

const sizes = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 8 });

describe('what leaves a redactor', () => {
  it('cannot be read as a secret, however it was written and cut', () => {
    fc.assert(
      fc.property(
        secrets,
        fc.array(shown, { minLength: 1, maxLength: 3 }),
        sizes,
        (values, pieces, chunks) => {
          const text = pieces
            .map(({ which, writer, before, after }) =>
              WRITERS[writer]!(before + values[which % values.length]! + after),
            )
            .join('\u0001');
          const stream = createRedactor(values).stream();
          const parts = cut(Buffer.from(text), chunks).map((chunk) => stream.push(chunk));
          const output = Buffer.concat([...parts, stream.end()]).toString();
          for (const reading of readings(output))
            for (const secret of values) expect(reading.includes(secret)).toBe(false);
        },
      ),
      { numRuns: 600 },
    );
  });

  it('is held back for no longer than a secret may go on', () => {
    const text = fc.string({ unit: characters, maxLength: 400 });
    fc.assert(
      fc.property(secrets, text, fc.nat(), sizes, (values, noise, at, chunks) => {
        const stream = createRedactor(values).stream();
        const begun = values[0]!.slice(0, at % values[0]!.length);
        const input = Buffer.from(`${noise}${begun}\u0001`.repeat(20));
        const longest = Math.max(...values.map((secret) => Buffer.byteLength(secret)));
        let held = 0;
        for (const chunk of cut(input, chunks)) {
          held += chunk.length - stream.push(chunk).length;
          // A mark may be longer than what it stands for, or shorter: then nothing can be said.
          if (stream.redactions > 0) return;
          expect(held).toBeLessThanOrEqual(12 * longest + 65 * 4);
        }
      }),
      { numRuns: 300 },
    );
  });
});
