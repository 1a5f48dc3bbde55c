import { join } from 'node:path';
import type { ManifestSigner } from '../ports/index.js';
import { createEd25519Signer, newSigningKey } from '../signing/ed25519-signer.js';
import { loadOrMakeKey } from './key-file.js';

/** The key is `manifest-key.pem` in the data directory, made on first use. */
export function createLocalManifestSigner({ dataDir }: { readonly dataDir: string }): ManifestSigner {
  return createEd25519Signer(async () => loadOrMakeKey(join(dataDir, 'manifest-key.pem'), newSigningKey));
}
