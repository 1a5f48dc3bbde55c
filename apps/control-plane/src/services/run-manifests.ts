import { OutpostError, RunManifestSchema, type ManifestKey, type SignedManifest } from '@outpost/contracts';
import type { ArtifactStore, DispatchKey, DispatchStore, ManifestSigner } from '@outpost/platform';
import { createHash, createPublicKey } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { findDispatch } from './dispatch-log.js';

const ALGORITHM = 'Ed25519';
/** Far more than that of a run with as many files as it may have. */
const MAX_BYTES = 1024 * 1024;

interface RunManifestsOptions {
  readonly dispatches: DispatchStore;
  readonly artifacts: Pick<ArtifactStore, 'open'>;
  readonly signer: ManifestSigner;
}

/** What workers say of what they left, and the control plane's word for it. */
export class RunManifests {
  readonly #options: RunManifestsOptions;

  constructor(options: RunManifestsOptions) {
    this.#options = options;
  }

  /** SHA-256 (hex) by the name of the artifact; empty when there is no manifest that can be read. */
  async digests(key: DispatchKey): Promise<ReadonlyMap<string, string>> {
    const bytes = await this.#read(key);
    const manifest = bytes === undefined ? undefined : parse(bytes);
    return new Map(manifest?.artifacts.map(({ name, sha256 }) => [name, sha256]));
  }

  /**
   * Signs the manifest that stands in the store, if it is the one that the worker reported with the end of its dispatch.
   * Rejects with NOT_FOUND for a dispatch that is not there, and with CONFLICT when there is nothing to vouch for.
   */
  async signed({ tenantId, dispatchId }: DispatchKey): Promise<SignedManifest> {
    const record = await findDispatch(this.#options.dispatches, { tenantId, dispatchId });
    const reported = 'manifestSha256' in record ? record.manifestSha256 : undefined;
    if (reported === undefined) throw notReported(dispatchId);
    const bytes = await this.#read({ tenantId, dispatchId });
    if (bytes === undefined || createHash('sha256').update(bytes).digest('hex') !== reported)
      throw changedSince(dispatchId);
    const signature = (await this.#options.signer.sign(bytes)).toString('base64');
    const { algorithm, keyId } = await this.key();
    return { manifest: bytes.toString('utf8'), signature, algorithm, keyId };
  }

  /** What signatures are verified with. */
  async key(): Promise<ManifestKey> {
    const publicKey = await this.#options.signer.publicKey();
    const der = createPublicKey(publicKey).export({ type: 'spki', format: 'der' });
    const keyId = createHash('sha256').update(der).digest('hex').slice(0, 16);
    return { algorithm: ALGORITHM, keyId, publicKey };
  }

  async #read({ tenantId, dispatchId }: DispatchKey): Promise<Buffer | undefined> {
    const opened = await this.#options.artifacts.open({ tenantId, dispatchId, name: 'manifest.json' });
    if (opened === undefined) return undefined;
    if (opened.artifact.sizeBytes <= MAX_BYTES) return buffer(opened.stream);
    opened.stream.destroy();
    return undefined;
  }
}

function parse(bytes: Buffer): ReturnType<typeof RunManifestSchema.parse> | undefined {
  try {
    return RunManifestSchema.parse(JSON.parse(bytes.toString('utf8')));
  } catch {
    return undefined;
  }
}

function notReported(dispatchId: string): OutpostError {
  return new OutpostError(
    'CONFLICT',
    `Dispatch ${dispatchId} has no manifest that can be signed: it has not ended, or its end was reported before all that it left was stored.`,
  );
}

function changedSince(dispatchId: string): OutpostError {
  return new OutpostError(
    'CONFLICT',
    `The manifest.json of dispatch ${dispatchId} is not the one that its worker reported: it was changed or deleted since.`,
  );
}
