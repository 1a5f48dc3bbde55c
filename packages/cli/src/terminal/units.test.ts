import { expect, test } from 'vitest';
import { cut, plain, plainText } from './plain.js';
import { ago, bytes, duration, usd } from './units.js';

test('durations and ages in the units that people use', () => {
  expect([400, 59_000, 185_000, 7_620_000].map(duration)).toEqual(['0 s', '59 s', '3 min 5 s', '2 h 7 min']);
  const now = Date.parse('2026-11-28T12:00:00.000Z');
  const ages = ['12:00:01', '11:59:30', '11:00:01', '02:00:00'].map((time) =>
    ago(`2026-11-28T${time}.000Z`, now),
  );
  expect(ages).toEqual(['0 s ago', '30 s ago', '59 min ago', '10 h ago']);
  expect(ago('2026-11-20T12:00:00.000Z', now)).toBe('8 d ago');
});

test('amounts, the small ones too', () => {
  expect([0, 0.000_123, 0.01, 12.3].map(usd)).toEqual(['$0.00', '$0.00012', '$0.01', '$12.30']);
});

test('what an agent wrote cannot steer the terminal', () => {
  expect(plain('\u001B[2Jgone\u0007\r\nnext')).toBe('gone next');
  expect(plainText('one\n\ttwo\u001B[1A\u0008')).toBe('one\n\ttwo ');
  expect(cut('abcdef', 4)).toBe('abc…');
  expect(cut('ab😀d', 4)).not.toContain('\uD83D…');
});

test('sizes in thousands', () => {
  expect([0, 999, 1_500, 3_400_000, 2e9].map(bytes)).toEqual(['0 B', '999 B', '1.5 kB', '3.4 MB', '2.0 GB']);
});
