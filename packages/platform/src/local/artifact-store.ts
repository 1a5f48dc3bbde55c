import { ARTIFACT_NAMES, isAgentFileName, type ArtifactName } from '@outpost/contracts';
import { lstatSync, readdirSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { contentTypeOf } from '../files/content-type.js';
import { existingDirectory, privateDirectory } from '../files/directories.js';
import { openRegularFile } from '../files/regular-file.js';
import { removeTree } from '../files/remove-tree.js';
import type { ArtifactKey, ArtifactStore, Clock, OpenedArtifact, StoredArtifact } from '../ports/index.js';
import type { ArtifactSigner } from './artifact-signer.js';
import { codeOf } from './errors.js';
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
      const sizeBytes = await replaceFile(join(directory, fileNameOf(name)), body, signal);
      return { name, sizeBytes, contentType: contentTypeOf(name) };
    },
    open: (key) => openArtifact(dataDir, key),
    async remove({ tenantId, dispatchId }) {
      const directory = existingDirectory(artifactRoot(dataDir), { tenantId, dispatchId });
      if (directory !== undefined) await removeTree(directory);
    },
    async list({ tenantId, dispatchId }) {
      const directory = existingDirectory(artifactRoot(dataDir), { tenantId, dispatchId });
      if (directory === undefined) return [];
      return namesIn(directory)
        .map((name) => findArtifact(directory, name))
        .filter((found) => found !== undefined);
    },
    async createDownloadUrl({ expiresInSeconds, ...key }) {
      const expires = Math.floor(clock.now() / 1_000) + expiresInSeconds;
      const query = new URLSearchParams({
        tenant: key.tenantId,
        expires: String(expires),
        signature: signer.sign({ ...key, expires }),
      });
      return `/artifacts/${key.dispatchId}/${encodeURIComponent(key.name)}?${query.toString()}`;
    },
  };
}

function artifactRoot(dataDir: string): string {
  return join(dataDir, 'artifacts');
}

export async function openArtifact(dataDir: string, key: ArtifactKey): Promise<OpenedArtifact | undefined> {
  const path = artifactPath(dataDir, key);
  const file = path === undefined ? undefined : await openUnlessGone(path);
  if (file === undefined) return undefined;
  const { name } = key;
  const { size } = await file.stat();
  return {
    artifact: { name, sizeBytes: size, contentType: contentTypeOf(name) },
    stream: file.createReadStream(),
  };
}

async function openUnlessGone(path: string): Promise<FileHandle | undefined> {
  try {
    return await openRegularFile(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function artifactPath(dataDir: string, { tenantId, dispatchId, name }: ArtifactKey): string | undefined {
  const directory = existingDirectory(artifactRoot(dataDir), { tenantId, dispatchId });
  return directory === undefined || findArtifact(directory, name) === undefined
    ? undefined
    : join(directory, fileNameOf(name));
}

/** All lie in one directory, so that no name leads elsewhere. A name has no `%` of its own. */
function fileNameOf(name: ArtifactName): string {
  return name.replaceAll('/', '%2F');
}

function namesIn(directory: string): readonly ArtifactName[] {
  const files = readdirSync(directory).map((file) => file.replaceAll('%2F', '/'));
  return [...ARTIFACT_NAMES, ...files.filter(isAgentFileName).toSorted()];
}

function findArtifact(directory: string, name: ArtifactName): StoredArtifact | undefined {
  const found = lstatSync(join(directory, fileNameOf(name)), { throwIfNoEntry: false });
  return found?.isFile() === true
    ? { name, sizeBytes: found.size, contentType: contentTypeOf(name) }
    : undefined;
}
