import { OutpostError, type Artifact, type ArtifactList } from '@outpost/contracts';
import type {
  ArtifactKey,
  ArtifactStore,
  DispatchStore,
  SignedDownloads,
  StoredArtifact,
} from '@outpost/platform';
import type { Readable } from 'node:stream';
import { zipOfArtifacts } from './artifact-archive.js';
import { findDispatch } from './dispatch-log.js';
import type { RunManifests } from './run-manifests.js';

interface Owner {
  readonly tenantId: string;
  readonly dispatchId: string;
}

/** Artifacts of dispatches, and the URLs that download them. */
export class ArtifactManager {
  readonly #store: ArtifactStore;
  readonly #dispatches: DispatchStore;
  readonly #downloads: SignedDownloads | undefined;
  readonly #manifests: Pick<RunManifests, 'digests' | 'signed'>;

  constructor(ports: {
    store: ArtifactStore;
    manifests: Pick<RunManifests, 'digests' | 'signed'>;
    dispatches: DispatchStore;
    downloads: SignedDownloads | undefined;
  }) {
    this.#store = ports.store;
    this.#dispatches = ports.dispatches;
    this.#downloads = ports.downloads;
    this.#manifests = ports.manifests;
  }

  /** `origin` makes a URL absolute that the store answers without one. */
  async list(params: Owner & { expiresInSeconds: number; origin: string }): Promise<ArtifactList> {
    const { tenantId, dispatchId, expiresInSeconds, origin } = params;
    await findDispatch(this.#dispatches, { tenantId, dispatchId });
    const stored = await this.#store.list({ tenantId, dispatchId });
    const hasManifest = stored.some(({ name }) => name === 'manifest.json');
    const digests = hasManifest
      ? await this.#manifests.digests({ tenantId, dispatchId })
      : new Map<string, string>();
    const artifacts = await Promise.all(
      stored.map(async (artifact): Promise<Artifact> => {
        const url = await this.#url({ tenantId, dispatchId, name: artifact.name }, expiresInSeconds, origin);
        const sha256 = digests.get(artifact.name);
        return { ...artifact, ...(sha256 !== undefined && { sha256 }), url };
      }),
    );
    return { dispatchId, artifacts, expiresIn: expiresInSeconds };
  }

  /** The patch when there is one, else the log: what a reader wants first. Undefined when neither is there. */
  async mainUrl(params: Owner & { expiresInSeconds: number; origin: string }): Promise<string | undefined> {
    const names = (await this.#store.list(params)).map((artifact) => artifact.name);
    const name = (['changes.patch', 'output.log'] as const).find((candidate) => names.includes(candidate));
    if (name === undefined) return undefined;
    return this.#url(
      { tenantId: params.tenantId, dispatchId: params.dispatchId, name },
      params.expiresInSeconds,
      params.origin,
    );
  }

  async download(
    params: ArtifactKey & { expires: number; signature: string },
  ): Promise<{ artifact: StoredArtifact; stream: Readable }> {
    const opened = await this.#downloads?.open(params);
    if (opened === undefined)
      throw new OutpostError('NOT_FOUND', `There is no artifact ${params.name} of ${params.dispatchId}.`);
    return opened;
  }

  /** All of them in one zip, as it is read. Rejects with NOT_FOUND. */
  async archive({ tenantId, dispatchId }: Owner): Promise<Readable> {
    await findDispatch(this.#dispatches, { tenantId, dispatchId });
    return zipOfArtifacts(this.#store, { tenantId, dispatchId }, await this.#signature(tenantId, dispatchId));
  }

  /** As the file `manifest.sig`; nothing where there is none to be had. */
  async #signature(tenantId: string, dispatchId: string): Promise<Record<string, Buffer>> {
    try {
      const { signature } = await this.#manifests.signed({ tenantId, dispatchId });
      return { 'manifest.sig': Buffer.from(signature, 'base64') };
    } catch (error) {
      if (error instanceof OutpostError && error.code === 'CONFLICT') return {};
      throw error;
    }
  }

  async #url(key: ArtifactKey, expiresInSeconds: number, origin: string): Promise<string> {
    return new URL(await this.#store.createDownloadUrl({ ...key, expiresInSeconds }), origin).href;
  }
}
