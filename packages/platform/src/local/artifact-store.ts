import { ARTIFACT_NAMES, ARTIFACTS, type ArtifactName } from '@outpost/contracts';
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { existingDirectory, privateDirectory } from '../files/directories.js';
import { removeTree } from '../files/remove-tree.js';
import type { ArtifactKey, ArtifactStore, Clock, StoredArtifact } from '../ports/index.js';
import type { ArtifactSigner } from './artifact-signer.js';
import { replaceFile } from './replace-file.js';

export interface LocalArtifactStoreOptions {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly signer: ArtifactSigner;
}

/** `artifacts/<tenantId>/<dispatchId>/<name>` in the data directory. */
export function createLocalArtifactStore({
  dataDir,
  clock,
  signer,
}: LocalArtifactStoreOptions): ArtifactStore {
  return {
    async put({ tenantId, dispatchId, name, body, signal }) {
      signal?.throwIfAborted();
      const directory = privateDirectory(artifactRoot(dataDir), { tenantId, dispatchId });
      const sizeBytes = await replaceFile(join(directory, name), body, signal);
      return { name, sizeBytes, contentType: ARTIFACTS[name] };
    },
    async remove({ tenantId, dispatchId }) {
      const directory = existingDirectory(artifactRoot(dataDir), { tenantId, dispatchId });
      if (directory !== undefined) await removeTree(directory);
    },
    async list({ tenantId, dispatchId }) {
      const directory = existingDirectory(artifactRoot(dataDir), { tenantId, dispatchId });
      if (directory === undefined) return [];
      return ARTIFACT_NAMES.map((name) => findArtifact(directory, name)).filter(
        (found) => found !== undefined,
      );
    },
    async createDownloadUrl({ expiresInSeconds, ...key }) {
      const expires = Math.floor(clock.now() / 1_000) + expiresInSeconds;
      const query = new URLSearchParams({
        tenant: key.tenantId,
        expires: String(expires),
        signature: signer.sign({ ...key, expires }),
      });
      return `/artifacts/${key.dispatchId}/${key.name}?${query.toString()}`;
    },
  };
}

function artifactRoot(dataDir: string): string {
  return join(dataDir, 'artifacts');
}

export function artifactPath(
  dataDir: string,
  { tenantId, dispatchId, name }: ArtifactKey,
): string | undefined {
  const directory = existingDirectory(artifactRoot(dataDir), { tenantId, dispatchId });
  return directory === undefined || findArtifact(directory, name) === undefined
    ? undefined
    : join(directory, name);
}

function findArtifact(directory: string, name: ArtifactName): StoredArtifact | undefined {
  const found = lstatSync(join(directory, name), { throwIfNoEntry: false });
  return found?.isFile() === true ? { name, sizeBytes: found.size, contentType: ARTIFACTS[name] } : undefined;
}
