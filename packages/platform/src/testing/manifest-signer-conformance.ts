import { createPublicKey, verify } from 'node:crypto';
import { describe, expect } from 'vitest';
import type { ManifestSigner } from '../ports/index.js';
import { atOnce, subjectOf, type Harness } from './harness.js';
import { itExcept, type LeftOut } from './left-out.js';

/** What every signer of manifests must do. */
export function describeManifestSignerConformance(
  name: string,
  harness: Harness<{
    /** As one more instance has it. */
    readonly open: () => ManifestSigner;
  }>,
  leftOut?: LeftOut,
): void {
  const it = itExcept(leftOut);
  describe(`ManifestSigner: ${name}`, () => {
    it('signs what its public key verifies, and nothing else', async () => {
      const signer = (await subjectOf(harness)).open();
      const bytes = Buffer.from('{"version":1}\n');
      const key = createPublicKey(await signer.publicKey());
      const signature = await signer.sign(bytes);
      expect(key.asymmetricKeyType).toBe('ed25519');
      expect(verify(null, bytes, key, signature)).toBe(true);
      expect(verify(null, Buffer.from('{"version":2}\n'), key, signature)).toBe(false);
    });

    it('has one key, however many instances make it at once, and for those after them', async () => {
      const { open } = await subjectOf(harness);
      const keys = await atOnce(8, () => open().publicKey());
      expect(new Set([...keys, await open().publicKey()]).size).toBe(1);
    });
  });
}
