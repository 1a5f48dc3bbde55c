import { createHmac, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { closeSync, fsyncSync, linkSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkedSegment } from '../files/segments.js';
import type { ArtifactKey } from '../ports/index.js';
import { syncDirectory } from './append-file.js';
import { codeOf } from './errors.js';

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
    key ??= loadOrMakeKey(join(dataDir, 'signing.key'), dataDir);
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

function loadOrMakeKey(path: string, dataDir: string): Buffer {
  return readKey(path) ?? makeKey(path, dataDir);
}

function readKey(path: string): Buffer | undefined {
  try {
    const text = readFileSync(path, 'latin1');
    if (!KEY_PATTERN.test(text)) throw new Error(`${path} is damaged: delete it, and a new key is made.`);
    return Buffer.from(text.trim(), 'hex');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** A whole file is linked into place, so of racing processes one wins and none reads half a key. */
function makeKey(path: string, dataDir: string): Buffer {
  const temporary = `${path}.${randomUUID()}`;
  const file = openSync(temporary, 'wx', 0o600);
  try {
    writeFileSync(file, `${randomBytes(32).toString('hex')}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  try {
    linkSync(temporary, path);
    syncDirectory(dataDir);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
  const key = readKey(path);
  if (key === undefined) throw new Error(`${path} was removed while it was made.`);
  return key;
}
