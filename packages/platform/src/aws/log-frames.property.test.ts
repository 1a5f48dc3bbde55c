import { OutpostError, type LogLine } from '@outpost/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeCursor } from '../paging/ulid-cursor.js';
import { cursorOf, LOG_START, parseLogCursor } from './log-cursor.js';
import { FrameJoiner, framesOf, parseFrame } from './log-frames.js';

const AT = '2026-11-23T12:00:00.000Z';
const KEY = { tenantId: 'acme', dispatchId: '01K4ZJ8W2T6V0Q9S3R5X7Y1B2C' };

const message = fc
  .record({ text: fc.string({ unit: 'binary', maxLength: 50 }), end: fc.integer({ min: 1, max: 50 }) })
  .map(
    ({ text, end }) =>
      framesOf({ key: KEY, line: { at: AT, kind: 'text', text } satisfies LogLine, end })[0]!,
  );

const broken = fc.oneof(
  message,
  fc.tuple(message, fc.nat()).map(([text, at]) => text.slice(0, at % text.length)),
  fc
    .tuple(message, fc.constantFrom('end', 'part', 'parts', 'at', 'kind', 'text'), fc.jsonValue())
    .map(([text, name, odd]) => JSON.stringify({ ...(JSON.parse(text) as object), [name]: odd })),
  fc
    .tuple(message, fc.integer({ min: 1, max: 4 }), fc.constantFrom(2, 3, Number.MAX_SAFE_INTEGER))
    .map(([text, part, parts]) => JSON.stringify({ ...(JSON.parse(text) as object), part, parts })),
  fc.json(),
  fc.string({ unit: 'binary' }),
);

describe('the stream of a log', () => {
  it('gives lines in their order and each once, whatever stands in it', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(broken, fc.nat(1_000_000))), (messages) => {
        const joiner = new FrameJoiner({ after: 0 });
        let lastEnd = 0;
        for (const [text, at] of messages) {
          const frame = parseFrame(text, KEY);
          const entry = frame === undefined ? undefined : joiner.add(frame, at);
          if (entry === undefined) continue;
          expect(entry.position.end).toBeGreaterThan(lastEnd);
          lastEnd = entry.position.end;
          expect(typeof entry.line.text).toBe('string');
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('a cursor', () => {
  const cursor = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom(...'0123456789-') }),
    fc.base64String(),
    fc.stringMatching(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/).map((id) => Buffer.from(id).toString('base64url')),
  );

  it.each([
    ['a log', (text: string) => text === LOG_START || cursorOf(parseLogCursor(text)) === text],
    ['a list', (text: string) => Buffer.from(decodeCursor(text)).toString('base64url') === text],
  ])('of %s is one that was made, or refused', (_, isMade) => {
    fc.assert(
      fc.property(cursor, (text) => {
        try {
          expect(isMade(text)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(OutpostError);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
