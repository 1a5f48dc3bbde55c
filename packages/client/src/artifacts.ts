import type { Artifact, ArtifactList, ManifestKey, SignedManifest } from '@outpost/contracts';
import type { RequestOptions, Transport } from './transport.js';

export interface ListArtifactsOptions extends RequestOptions {
  /** Seconds for which the URLs are good: 60 to 86,400. */
  readonly expiresIn?: number | undefined;
}

/** What a dispatch left: its patch, its log, a summary. */
export class Artifacts {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  async list(dispatchId: string, options: ListArtifactsOptions = {}): Promise<ArtifactList> {
    return this.#transport.json<ArtifactList>({
      path: pathOf(dispatchId),
      query: { expiresIn: options.expiresIn },
      signal: options.signal,
    });
  }

  /** All artifacts in one zip. Read the body as bytes or a stream. */
  async archive(dispatchId: string, { signal }: RequestOptions = {}): Promise<Response> {
    return this.#transport.send({ path: `${pathOf(dispatchId)}/archive`, signal });
  }

  /** What the run was and the digests of what it left, signed; verify it with `manifestKey`. */
  async manifest(dispatchId: string, { signal }: RequestOptions = {}): Promise<SignedManifest> {
    return this.#transport.json<SignedManifest>({ path: `${pathOf(dispatchId)}/manifest`, signal });
  }

  /** The public key of this Outpost. */
  async manifestKey({ signal }: RequestOptions = {}): Promise<ManifestKey> {
    return this.#transport.json<ManifestKey>({ path: '/manifest-key', signal });
  }

  /** Downloads one of the list through its signed URL. Read the body as text, bytes or a stream. */
  async download(artifact: Pick<Artifact, 'url'>, options: RequestOptions = {}): Promise<Response> {
    return this.#transport.download(artifact.url, options);
  }
}

function pathOf(dispatchId: string): string {
  return `/artifacts/${encodeURIComponent(dispatchId)}`;
}
