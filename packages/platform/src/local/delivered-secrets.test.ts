import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { deliveredSecrets, encodeDelivery, type DeliveredSecret } from './delivered-secrets.js';

const SECRETS: readonly DeliveredSecret[] = [
  { reference: { kind: 'agent', agent: 'claude' }, value: 'claude-key' },
  { reference: { kind: 'github' }, value: 'github-token-ä\u{1F680}' },
  { reference: { kind: 'tenant', name: 'NPM_REGISTRY_KEY' }, value: 'npm\n"key"' },
];

const KEY = { tenantId: 'acme', dispatchId: '01JDCAFE0000000000000000AA' };

const streamOf = (text: string): Readable =>
  Readable.from([...Buffer.from(text)].map((byte) => Buffer.from([byte])));

describe('the delivery of secrets', () => {
  it('brings each under its reference, however the stream is cut', async () => {
    const store = await deliveredSecrets(streamOf(encodeDelivery({ ...KEY, secrets: SECRETS })));
    for (const { reference, value } of SECRETS)
      expect(await store.get({ tenantId: 'acme', reference })).toBe(value);
    expect(
      await store.get({ tenantId: 'acme', reference: { kind: 'agent', agent: 'codex' } }),
    ).toBeUndefined();
  });

  it('brings none to another tenant', async () => {
    const store = await deliveredSecrets(streamOf(encodeDelivery({ ...KEY, secrets: SECRETS })));
    for (const { reference } of SECRETS)
      expect(await store.get({ tenantId: 'globex', reference })).toBeUndefined();
  });

  it('may be of none', async () => {
    const store = await deliveredSecrets(streamOf(encodeDelivery({ ...KEY, secrets: [] })));
    expect(await store.get({ tenantId: 'acme', reference: { kind: 'github' } })).toBeUndefined();
  });

  it('has to be there', async () => {
    await expect(deliveredSecrets(streamOf(''))).rejects.toThrow('No secrets were delivered');
    await expect(deliveredSecrets(streamOf(' \n'))).rejects.toThrow('No secrets were delivered');
  });

  it('has to be whole', async () => {
    const text = encodeDelivery({ ...KEY, secrets: SECRETS });
    for (let length = 1; length < text.length; length += 1) {
      await expect(deliveredSecrets(Readable.from([text.slice(0, length)]))).rejects.toThrow(
        'is not outpost-secrets/1',
      );
    }
  });

  it.each([
    '[]',
    'null',
    '{"format":"outpost-secrets/2","tenantId":"acme","dispatchId":"d","secrets":[]}',
    '{"format":"outpost-secrets/1","dispatchId":"d","secrets":[]}',
    '{"format":"outpost-secrets/1","tenantId":"acme","secrets":[]}',
    '{"format":"outpost-secrets/1","tenantId":"acme","dispatchId":"d","secrets":[{"reference":{"kind":"agent","agent":"gpt"},"value":"hidden"}]}',
    '{"format":"outpost-secrets/1","tenantId":"acme","dispatchId":"d","secrets":[{"reference":{"kind":"github"},"value":""}]}',
    '{"format":"outpost-secrets/1","tenantId":"acme","dispatchId":"d","secrets":[{"value":"hidden"}]}',
    '{"format":"outpost-secrets/1","tenantId":"acme","dispatchId":"d","secrets":[null]}',
  ])('has to have the format, and does not tell its content otherwise: %s', async (text) => {
    const reading = deliveredSecrets(streamOf(text));
    await expect(reading).rejects.toThrow('is not outpost-secrets/1');
    await expect(reading).rejects.not.toThrow('hidden');
  });
});
