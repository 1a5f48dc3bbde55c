import type { ArtifactName } from '@outpost/contracts';
import type { Readable } from 'node:stream';

export interface ArtifactKey {
  readonly tenantId: string;
  readonly dispatchId: string;
  readonly name: ArtifactName;
}

export interface StoredArtifact {
  readonly name: ArtifactName;
  readonly sizeBytes: number;
  readonly contentType: string;
}

export interface OpenedArtifact {
  readonly artifact: StoredArtifact;
  readonly stream: Readable;
}

export interface ArtifactStore {
  /** Stores or replaces, atomically: a reader sees the old bytes or the new, never a part. */
  put(
    params: ArtifactKey & {
      readonly body: { readonly text: string } | { readonly file: string };
      /** Gives up when it is aborted; what was stored before stays. */
      readonly signal?: AbortSignal | undefined;
    },
  ): Promise<StoredArtifact>;
  /** Reads one as it is now; undefined when there is none. Who takes the stream reads it to its end, or destroys it. */
  open(params: ArtifactKey): Promise<OpenedArtifact | undefined>;
  /** Deletes all artifacts of the dispatch. Idempotent. */
  remove(params: { readonly tenantId: string; readonly dispatchId: string }): Promise<void>;
  list(params: {
    readonly tenantId: string;
    readonly dispatchId: string;
  }): Promise<readonly StoredArtifact[]>;
  /**
   * A URL that downloads the artifact without a key until it expires. Absolute, or absolute-path: then it is
   * relative to the control plane's own origin.
   */
  createDownloadUrl(params: ArtifactKey & { readonly expiresInSeconds: number }): Promise<string>;
}

/** Serves the URLs of an artifact store that has no server of its own. */
export interface SignedDownloads {
  /** Undefined: no such artifact. Rejects with AUTHORIZATION_ERROR when the signature is wrong or has expired. */
  open(
    params: ArtifactKey & { readonly expires: number; readonly signature: string },
  ): Promise<OpenedArtifact | undefined>;
}
