import type { Artifact, ArtifactList, ArtifactName, ManifestKey, SignedManifest } from '@outpost/contracts';
import { OutpostError } from './errors.js';
import { path } from './path.js';
import type { RequestOptions, Transport } from './transport.js';

export interface ListArtifactsOptions extends RequestOptions {
  /** Seconds for which the URLs are good: 60 to 86,400. */
  readonly expiresIn?: number | undefined;
}

/** An artifact out of a list, with its URL, or by its name. */
export type ArtifactSource =
  Pick<Artifact, 'url'> | { readonly dispatchId: string; readonly name: ArtifactName };

/** What a dispatch left: its patch, its log, a summary. */
export class Artifacts {
  readonly #transport: Transport;

  /** @internal */
  constructor(transport: Transport) {
    this.#transport = transport;
  }

  async list(dispatchId: string, options: ListArtifactsOptions = {}): Promise<ArtifactList> {
    const { expiresIn, ...rest } = options;
    return this.#transport.json<ArtifactList>({
      ...rest,
      path: path`/artifacts/${dispatchId}`,
      query: { expiresIn },
    });
  }

  /** All artifacts in one zip. Read the body as bytes or a stream. */
  async archive(dispatchId: string, options: RequestOptions = {}): Promise<Response> {
    return this.#transport.send({ ...options, path: path`/artifacts/${dispatchId}/archive` });
  }

  /** What the run was and the digests of what it left, signed; verify it with `manifestKey`. */
  async manifest(dispatchId: string, options: RequestOptions = {}): Promise<SignedManifest> {
    return this.#transport.json<SignedManifest>({
      ...options,
      path: path`/artifacts/${dispatchId}/manifest`,
    });
  }

  /** The public key of this Outpost. */
  async manifestKey(options: RequestOptions = {}): Promise<ManifestKey> {
    return this.#transport.json<ManifestKey>({ ...options, path: '/manifest-key' });
  }

  /** Downloads one through its signed URL. Read the body as text, bytes or a stream. */
  async download(source: ArtifactSource, options: RequestOptions = {}): Promise<Response> {
    return this.#transport.download(await this.#urlOf(source, options), options);
  }

  /** What the agent changed, as `git apply` takes it; empty when it changed nothing. */
  async patch(dispatchId: string, options: RequestOptions = {}): Promise<string> {
    const url = await this.#urlOf({ dispatchId, name: 'changes.patch' }, options);
    return this.#transport.downloadText(url, options);
  }

  async #urlOf(source: ArtifactSource, options: RequestOptions): Promise<string> {
    if ('url' in source) return source.url;
    const { dispatchId, name } = source;
    const { artifacts } = await this.list(dispatchId, options);
    const found = artifacts.find((each) => each.name === name);
    if (found !== undefined) return found.url;
    const names = artifacts.map((each) => each.name).join(', ');
    throw new OutpostError(
      `Dispatch ${dispatchId} has no ${name}; it has ${names === '' ? 'nothing yet' : names}.`,
    );
  }
}
