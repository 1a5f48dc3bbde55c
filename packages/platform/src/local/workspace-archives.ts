import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createWriteStream } from 'node:fs';
import { existingDirectory, privateDirectory } from '../files/directories.js';
import { openRegularFile } from '../files/regular-file.js';
import { removeTree } from '../files/remove-tree.js';
import { archiveName, generationsToRemove } from '../files/archive-names.js';
import type { WorkspaceArchiveRemoval, WorkspaceArchives } from '../ports/index.js';
import { replaceFile } from './replace-file.js';

/** `workspace-archives/<tenantId>/<workspaceId>/<generation>.tar.gz` in the data directory. */
export function createLocalWorkspaceArchives({
  dataDir,
}: {
  readonly dataDir: string;
}): WorkspaceArchives & WorkspaceArchiveRemoval {
  const root = join(dataDir, 'workspace-archives');
  return {
    async put({ tenantId, workspaceId, generation, file, signal }) {
      signal?.throwIfAborted();
      const directory = privateDirectory(root, { tenantId, workspaceId });
      return replaceFile(join(directory, archiveName(generation)), { file }, signal);
    },
    async fetch({ tenantId, workspaceId, generation, file, signal }) {
      const directory = existingDirectory(root, { tenantId, workspaceId });
      const source =
        directory === undefined
          ? undefined
          : await openRegularFile(join(directory, archiveName(generation))).catch(ignoreMissing);
      if (source === undefined) return false;
      await pipeline(source.createReadStream(), createWriteStream(file, { flags: 'wx', mode: 0o600 }), {
        signal,
      });
      return true;
    },
    async remove({ before, except, ...key }) {
      const { tenantId, workspaceId } = key;
      const directory = existingDirectory(root, { tenantId, workspaceId });
      if (directory === undefined) return;
      if (before === undefined) return removeTree(directory);
      for (const name of generationsToRemove(await readdir(directory), { before, except }))
        await rm(join(directory, name), { force: true });
    },
  };
}

function ignoreMissing(error: unknown): undefined {
  if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  return undefined;
}
