import { Webhook as Signer } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { unwrapWebhook, WebhookVerificationError } from './index.js';

const NOW = Date.parse('2026-11-23T12:00:00.000Z');
const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const OTHER = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;
const BODY = JSON.stringify({ type: 'dispatch.completed', eventId: 'e-1', branch: 'größer' });
const now = () => NOW;

function headersOf(secrets = [SECRET], sentAt = NOW, body = BODY): Record<string, string> {
  const signed = secrets.map((secret) => new Signer(secret).sign('e-1', new Date(sentAt), body));
  return {
    'webhook-id': 'e-1',
    'webhook-timestamp': String(Math.floor(sentAt / 1_000)),
    'webhook-signature': signed.join(' '),
  };
}

describe('unwrapWebhook', () => {
  it('answers the event of a request that was signed with the secret', async () => {
    expect(await unwrapWebhook(BODY, headersOf(), SECRET, { now })).toEqual(JSON.parse(BODY));
    expect(await unwrapWebhook(Buffer.from(BODY), new Headers(headersOf()), SECRET, { now })).toEqual(
      JSON.parse(BODY),
    );
    const upperCase = Object.fromEntries(
      Object.entries(headersOf()).map(([name, value]) => [name.toUpperCase(), value]),
    );
    expect(await unwrapWebhook(BODY, upperCase, SECRET, { now })).toEqual(JSON.parse(BODY));
  });

  it.each([[[OTHER, SECRET]], [[SECRET, OTHER]]])('takes one of several signatures', async (secrets) => {
    expect(await unwrapWebhook(BODY, headersOf(secrets), SECRET, { now })).toEqual(JSON.parse(BODY));
  });

  it.each<[string, string, Record<string, string | undefined>, string, RegExp]>([
    ['another secret', BODY, headersOf([OTHER]), SECRET, /by this secret/],
    ['another body', `${BODY} `, headersOf(), SECRET, /by this secret/],
    ['another id', BODY, { ...headersOf(), 'webhook-id': 'e-2' }, SECRET, /by this secret/],
    [
      'another time',
      BODY,
      { ...headersOf(), 'webhook-timestamp': String(NOW / 1_000 - 1) },
      SECRET,
      /by this/,
    ],
    ['a signature that is cut', BODY, cut(headersOf(), -2), SECRET, /by this secret/],
    ['a signature without a version', BODY, cut(headersOf(), 0, 3), SECRET, /by this secret/],
    [
      'no signature',
      BODY,
      { ...headersOf(), 'webhook-signature': undefined },
      SECRET,
      /webhook-signature is missing/,
    ],
    ['no id', BODY, { ...headersOf(), 'webhook-id': '' }, SECRET, /webhook-id is missing/],
    ['a time that is none', BODY, { ...headersOf(), 'webhook-timestamp': 'NaN' }, SECRET, /300 s from now/],
    ['an old one', BODY, headersOf([SECRET], NOW - 301_000), SECRET, /300 s from now/],
    ['one of the future', BODY, headersOf([SECRET], NOW + 301_000), SECRET, /300 s from now/],
    ['a secret that is none', BODY, headersOf(), 'hunter2!', /begins with whsec_/],
  ])('refuses %s', async (_, body, headers, secret, message) => {
    const unwrapped = unwrapWebhook(body, headers, secret, { now });
    await expect(unwrapped).rejects.toBeInstanceOf(WebhookVerificationError);
    await expect(unwrapped).rejects.toThrow(message);
  });

  it('takes the tolerance that it is told', async () => {
    const old = headersOf([SECRET], NOW - 301_000);
    expect(await unwrapWebhook(BODY, old, SECRET, { now, toleranceSeconds: 301 })).toEqual(JSON.parse(BODY));
    await expect(
      unwrapWebhook(BODY, headersOf([SECRET], NOW - 2_000), SECRET, { now, toleranceSeconds: 1 }),
    ).rejects.toThrow('1 s from now');
  });
});

function cut(headers: Record<string, string>, end: number, start = 0): Record<string, string> {
  const signature = headers['webhook-signature']!;
  const changed = start === 0 ? signature.slice(0, end) : signature.slice(start);
  return { ...headers, 'webhook-signature': changed };
}
