import { OutpostError, type Artifact, type ArtifactList } from '@outpost/contracts';
import type {
  ArtifactKey,
  ArtifactStore,
  DispatchStore,
  SignedDownloads,
  StoredArtifact,
} from '@outpost/platform';
import type { Readable } from 'node:stream';

interface Owner {
  readonly tenantId: string;
  readonly dispatchId: string;
}

/** Artifacts of dispatches, and the URLs that download them. */
export class ArtifactManager {
  readonly #store: ArtifactStore;
  readonly #dispatches: DispatchStore;
  readonly #downloads: SignedDownloads | undefined;

  constructor(ports: {
    store: ArtifactStore;
    dispatches: DispatchStore;
    downloads: SignedDownloads | undefined;
  }) {
    this.#store = ports.store;
    this.#dispatches = ports.dispatches;
    this.#downloads = ports.downloads;
  }

  /** `origin` makes a URL absolute that the store answers without one. */
  async list(params: Owner & { expiresInSeconds: number; origin: string }): Promise<ArtifactList> {
    const { tenantId, dispatchId, expiresInSeconds, origin } = params;
    if ((await this.#dispatches.get({ tenantId, dispatchId })) === undefined) {
      throw new OutpostError('NOT_FOUND', `There is no dispatch ${dispatchId}.`);
    }
    const stored = await this.#store.list({ tenantId, dispatchId });
    const artifacts = await Promise.all(
      stored.map(async (artifact): Promise<Artifact> => {
        const url = await this.#url({ tenantId, dispatchId, name: artifact.name }, expiresInSeconds, origin);
        return { ...artifact, url };
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

  async #url(key: ArtifactKey, expiresInSeconds: number, origin: string): Promise<string> {
    return new URL(await this.#store.createDownloadUrl({ ...key, expiresInSeconds }), origin).href;
  }
}
