import { AGENT_NAMES } from '@outpost/contracts';
import fc from 'fast-check';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { SecretReference } from '../ports/index.js';
import { assignmentOf, deliveredSecrets, encodeDelivery, type SecretDelivery } from './delivered-secrets.js';

const VALUE = 'the-value-that-no-error-may-show';

const text = fc.string({ unit: 'binary', maxLength: 20 });
const reference: fc.Arbitrary<SecretReference> = fc.oneof(
  fc.constantFrom(...AGENT_NAMES).map((agent) => ({ kind: 'agent' as const, agent })),
  fc.constant({ kind: 'github' as const }),
  fc
    .oneof(text, fc.constantFrom('__proto__', 'constructor', 'github', 'agent/claude'))
    .map((name) => ({ kind: 'tenant' as const, name })),
);
const delivery: fc.Arbitrary<SecretDelivery> = fc.record({
  tenantId: text,
  dispatchId: text,
  secrets: fc.uniqueArray(fc.record({ reference, value: text.map((extra) => `${VALUE}${extra}`) }), {
    selector: (secret) => JSON.stringify(secret.reference),
  }),
});

/** JSON with one value replaced, cut off, or with bytes in it that do not belong there. */
const broken = fc.oneof(
  fc.tuple(delivery, fc.nat(), fc.jsonValue()).map(([whole, which, odd]) => {
    let place = -1;
    return JSON.stringify(JSON.parse(encodeDelivery(whole)), (_, each: unknown) => {
      place += 1;
      return place === which % 12 ? odd : each;
    });
  }),
  fc.tuple(delivery, fc.nat()).map(([whole, at]) => {
    const json = encodeDelivery(whole);
    return json.slice(0, at % json.length);
  }),
  fc.tuple(delivery, fc.nat(), text).map(([whole, at, odd]) => {
    const json = encodeDelivery(whole);
    return json.slice(0, at % json.length) + odd + json.slice(at % json.length);
  }),
  fc.json(),
  text,
);

describe('a delivery of secrets', () => {
  it('brings what was sent, and to its own tenant alone', async () => {
    await fc.assert(
      fc.asyncProperty(delivery, text, async (sent, stranger) => {
        const store = await deliveredSecrets(Readable.from([Buffer.from(encodeDelivery(sent))]));
        for (const each of sent.secrets) {
          const { reference: asked, value } = each;
          expect(await store.get({ tenantId: sent.tenantId, reference: asked })).toBe(value);
          if (stranger !== sent.tenantId)
            expect(await store.get({ tenantId: stranger, reference: asked })).toBeUndefined();
        }
      }),
      { numRuns: 500 },
    );
  });

  it('that is not whole is refused without a word of it, or gives strings', async () => {
    await fc.assert(
      fc.asyncProperty(broken, async (json) => {
        let assignment: ReturnType<typeof assignmentOf>;
        try {
          assignment = assignmentOf(json);
        } catch (error) {
          expect((error as Error).message).toMatch(/^(What was delivered|No secrets were delivered)/);
          expect((error as Error).message).not.toContain(VALUE);
          return;
        }
        const { tenantId, dispatchId, secrets } = assignment;
        expect([typeof tenantId, typeof dispatchId]).toEqual(['string', 'string']);
        const value = await secrets.get({ tenantId, reference: { kind: 'github' } });
        expect(['string', 'undefined']).toContain(typeof value);
      }),
      { numRuns: 2_000 },
    );
  });
});
