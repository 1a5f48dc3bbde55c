import { describe, expect, it } from 'vitest';
import { createRedactor } from './index.js';

const SECRET = 'sk-live_9f+/8"\\é?a b&c<d>';
const KEY = 'sk-ant-api03-aB3dE5gH7jK9mN1pQ3rS5tU7vW9xY1zA3bC5dE7fG9hI1jK3lM5nO7pQ9rS1tU3vW5xY7z';
const redactor = createRedactor([SECRET, KEY, 'short']);

describe('a secret is redacted', () => {
  const utf8 = Buffer.from(SECRET);
  it.each([
    ['raw', SECRET],
    ['in JSON', JSON.stringify(SECRET).slice(1, -1)],
    ['in JSON within JSON', JSON.stringify(JSON.stringify(SECRET)).slice(3, -3)],
    ['in ASCII JSON', 'sk-live_9f+/8\\"\\\\\\u00e9?a b&c<d>'],
    ['in ASCII JSON with capitals', 'sk-live_9f+/8\\"\\\\\\u00E9?a b&c<d>'],
    ['in HTML-safe JSON', 'sk-live_9f+/8\\"\\\\é?a b\\u0026c\\u003cd\\u003e'],
    ['in JSON with escaped slashes', 'sk-live_9f+\\/8\\"\\\\é?a b&c<d>'],
    ['in a URL', encodeURIComponent(SECRET)],
    [
      'in a URL with small hex digits',
      encodeURIComponent(SECRET).replace(/%../g, (found) => found.toLowerCase()),
    ],
    ['in a form', new URLSearchParams({ k: SECRET }).toString().slice(2)],
    ['in base64', utf8.toString('base64').replace(/.=*$/, '')],
    ['in base64url', utf8.toString('base64url').slice(0, -1)],
    ['in hex', utf8.toString('hex')],
    ['in capital hex', utf8.toString('hex').toUpperCase()],
  ])('%s', (_, form) => {
    expect(redactor.text(`before ${form} after`)).toBe('before [REDACTED] after');
  });

  it('in the base64 of basic authentication', () => {
    for (const user of ['u', 'us', 'use', 'x-access-token']) {
      const header = redactor.text(`Basic ${Buffer.from(`${user}:${KEY}`).toString('base64')}`);
      const rest = Buffer.from(
        header.replace(/^Basic /, '').replace(/\[REDACTED\].*/, ''),
        'base64',
      ).toString();
      expect(header).toContain('[REDACTED]');
      expect(`${user}:s`).toContain(rest);
    }
  });

  it.each(['\n', '\r\n', '\\n', '\\\\n', '\n    '])('in base64 that is wrapped with %j', (lineBreak) => {
    const wrapped = Buffer.from(`KEY=${KEY};`)
      .toString('base64')
      .replace(/.{20}/g, (line) => line + lineBreak);
    expect(redactor.text(`> ${wrapped} <`)).toMatch(/^> S0VZPX\[REDACTED\]Ow==[\\n\s]* <$/);
  });

  it('in wrapped hex', () => {
    const wrapped = Buffer.from(KEY).toString('hex').replace(/.{60}/g, '$&\n');
    expect(redactor.text(wrapped)).toBe('[REDACTED]');
  });

  it('though the value was stored with a line break at its end', () => {
    expect(createRedactor([`${KEY}\n`]).text(`key: ${KEY}.`)).toBe('key: [REDACTED].');
  });
});

describe('several secrets', () => {
  it('of which one begins like the other: the longer goes as a whole', () => {
    const both = createRedactor(['password', 'password-of-root']);
    expect(both.text('password-of-root, password-of')).toBe('[REDACTED], [REDACTED]-of');
  });

  it('of which one lies within the beginning of the other', () => {
    expect(createRedactor(['x-secret-y', 'secret']).text('x-secret-z')).toBe('x-[REDACTED]-z');
  });

  it('that overlap leave together', () => {
    expect(createRedactor(['abcdefgh', 'fghijklm']).text('<abcdefghijklm>')).toBe('<[REDACTED]>');
  });

  it('side by side leave one mark each', () => {
    expect(createRedactor(['abcdefgh', 'ijklmnop']).scrub('abcdefghijklmnop')).toEqual({
      text: '[REDACTED][REDACTED]',
      redactions: 2,
    });
  });
});

describe('a secret of several lines', () => {
  const line = 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj';
  const pem = `-----BEGIN PRIVATE KEY-----\n${line}\nc2hvcnQ=\n-----END PRIVATE KEY-----\n`;
  it('is found as a whole', () => {
    expect(createRedactor([pem]).text(pem)).toBe('[REDACTED]\n');
    expect(createRedactor([pem]).text(JSON.stringify({ pem }))).toBe('{"pem":"[REDACTED]\\n"}');
  });

  it('is found line by line, but for its public frame', () => {
    const text = `-----BEGIN PRIVATE KEY-----\r\n  | ${line}\r\n`;
    expect(createRedactor([pem]).text(text)).toBe('-----BEGIN PRIVATE KEY-----\r\n  | [REDACTED]\r\n');
  });

  it('is found after it was read from a JSON key file', () => {
    const keyFile = JSON.stringify({ private_key: pem });
    expect(createRedactor([keyFile]).text(pem)).not.toContain(line);
  });
});

describe('what is no secret', () => {
  it.each(['short', 'sk-ant-api03-', '', 'ünïcödé 🚀', '\ud800 lone'])('passes unchanged: %j', (text) => {
    expect(redactor.text(text)).toBe(text);
    expect(redactor.buffer(Buffer.from(text))).toBeUndefined();
  });

  it('passes through a redactor without secrets', () => {
    expect(createRedactor([]).text('anything')).toBe('anything');
    expect(createRedactor(['', '     ', '12345']).text('12345')).toBe('12345');
  });

  it('passes as bytes that are no text', () => {
    const bytes = Buffer.from([0xff, 0xfe, 0, 0x80, ...Buffer.from(KEY), 0xc3]);
    expect(redactor.buffer(bytes)).toEqual(
      Buffer.from([0xff, 0xfe, 0, 0x80, ...Buffer.from('[REDACTED]'), 0xc3]),
    );
  });
});
