import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { join } from 'node:path';
import { checkedSegment } from '../files/segments.js';
import type { ArtifactKey } from '../ports/index.js';
import { loadOrMakeKey } from './key-file.js';

const KEY_PATTERN = /^[0-9a-f]{64}\n?$/;

/** What a download URL grants: one artifact, until an epoch second. */
export interface Grant extends ArtifactKey {
  readonly expires: number;
}

/** Signs what a download URL grants (HMAC-SHA256, hex). */
export interface ArtifactSigner {
  sign(grant: Grant): string;
  verify(grant: Grant, signature: string): boolean;
}

/** The key is made on first use, and is the same for all processes on this data directory. */
export function createArtifactSigner({ dataDir }: { readonly dataDir: string }): ArtifactSigner {
  let key: Buffer | undefined;
  const digest = ({ tenantId, dispatchId, name, expires }: Grant): Buffer => {
    key ??= loadKey(join(dataDir, 'signing.key'));
    // JSON keeps the parts apart, whatever they hold.
    return createHmac('sha256', key)
      .update(JSON.stringify([tenantId, dispatchId, name, expires]))
      .digest();
  };
  return {
    sign(grant) {
      checkedSegment('tenantId', grant.tenantId);
      checkedSegment('dispatchId', grant.dispatchId);
      return digest(grant).toString('hex');
    },
    verify(grant, signature) {
      const [expected, given] = [digest(grant), Buffer.from(signature, 'hex')];
      return given.length === expected.length && timingSafeEqual(given, expected);
    },
  };
}

function loadKey(path: string): Buffer {
  const text = loadOrMakeKey(path, () => `${randomBytes(32).toString('hex')}\n`);
  if (!KEY_PATTERN.test(text)) throw new Error(`${path} is damaged: delete it, and a new key is made.`);
  return Buffer.from(text.trim(), 'hex');
}
