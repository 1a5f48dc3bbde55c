import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import type { ManifestSigner } from '../ports/index.js';

/** A new private key: PKCS#8, as PEM. */
export function newSigningKey(): string {
  return generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  }).privateKey;
}

/** Signs with the key that `load` finds, or makes, on first use. */
export function createEd25519Signer(load: () => Promise<string>): ManifestSigner {
  let loading: Promise<KeyObject> | undefined;
  const key = async (): Promise<KeyObject> => {
    loading ??= load().then((pem) => createPrivateKey(pem));
    try {
      return await loading;
    } catch (error) {
      // The store may answer the next time.
      loading = undefined;
      throw error;
    }
  };
  return {
    sign: async (bytes) => sign(null, bytes, await key()),
    publicKey: async () =>
      createPublicKey(await key())
        .export({ type: 'spki', format: 'pem' })
        .toString(),
  };
}
