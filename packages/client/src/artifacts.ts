import type { Artifact, ArtifactList } from '@outpost/contracts';
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
      path: `/artifacts/${encodeURIComponent(dispatchId)}`,
      query: { expiresIn: options.expiresIn },
      signal: options.signal,
    });
  }

  /** Downloads one of the list through its signed URL. Read the body as text, bytes or a stream. */
  async download(artifact: Pick<Artifact, 'url'>, options: RequestOptions = {}): Promise<Response> {
    return this.#transport.download(artifact.url, options);
  }
}
