import { describe, expect, it } from 'vitest';
import { createRedactor } from './index.js';

const KEY = 'sk-live-0123456789';

describe('a stream', () => {
  it('finds a secret that arrives byte by byte', () => {
    const stream = createRedactor([KEY]).stream();
    const out = [...Buffer.from(`a ${KEY} b`)].map((byte) => stream.push(Buffer.from([byte])).toString());
    expect(out.join('') + stream.end().toString()).toBe('a [REDACTED] b');
    expect(stream.redactions).toBe(1);
  });

  it('holds back no more than may be the beginning of a secret', () => {
    const stream = createRedactor([KEY]).stream();
    expect(stream.push(Buffer.from('a line\n')).toString()).toBe('a line\n');
    expect(stream.push(Buffer.from('then sk-li')).toString()).toBe('then ');
    expect(stream.push(Buffer.from('on\n')).toString()).toBe('sk-lion\n');
    expect(stream.push(Buffer.from(KEY)).toString()).toBe('[REDACTED]');
  });

  it('lets each line go at its end, whatever bytes it ends in', () => {
    const stream = createRedactor(
      Array.from('abcdefghijklmnopqrstuvwxyz', (letter) => letter.repeat(20)),
    ).stream();
    for (const letter of 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ+/') {
      const line = `a line that ends in ${letter}\n`;
      expect(stream.push(Buffer.from(line)).toString()).toBe(line);
    }
  });

  it('finds wrapped base64 though its first characters end a line that was let go', () => {
    const form = Buffer.from(KEY).toString('base64').slice(0, 24);
    const wrapped = `${form.slice(0, 2)}\n${form.slice(2)}`;
    const stream = createRedactor([KEY]).stream();
    const out = [...wrapped].map((character) => stream.push(Buffer.from(character)).toString()).join('');
    expect(out + stream.end().toString()).toBe('c2\n[REDACTED]');
    expect(createRedactor([KEY]).text(wrapped)).toBe('c2\n[REDACTED]');
  });

  it('redacts the secret that its end cuts, from more than half on', () => {
    const cutAfter = (length: number): string => {
      const stream = createRedactor([KEY]).stream();
      return stream.push(Buffer.from(`key ${KEY.slice(0, length)}`)).toString() + stream.end().toString();
    };
    expect(cutAfter(KEY.length / 2)).toBe('key sk-live-0');
    expect(cutAfter(KEY.length / 2 + 1)).toBe('key [REDACTED]');
    expect(cutAfter(KEY.length - 1)).toBe('key [REDACTED]');
  });

  it('redacts the base64 that its end cuts', () => {
    const stream = createRedactor([KEY]).stream();
    const form = Buffer.from(`u:${KEY}`).toString('base64').slice(0, 18);
    expect(stream.push(Buffer.from(form)).toString() + stream.end().toString()).toBe('dTp[REDACTED]');
  });

  it('writes one mark for a run of overlapping secrets, and holds none of it', () => {
    const stream = createRedactor(['aaaaaaaa']).stream();
    const out = Array.from({ length: 100 }, () => stream.push(Buffer.from('a'.repeat(50))).toString()).join(
      '',
    );
    expect(out + stream.push(Buffer.from(' b')).toString() + stream.end().toString()).toBe('[REDACTED] b');
    expect(stream.redactions).toBe(1);
  });

  it('does not mix with another stream of the same redactor', () => {
    const redactor = createRedactor([KEY]);
    const [one, other] = [redactor.stream(), redactor.stream()];
    one.push(Buffer.from(KEY.slice(0, 10)));
    expect(other.push(Buffer.from(KEY.slice(10))).toString()).toBe(KEY.slice(10));
  });
});
