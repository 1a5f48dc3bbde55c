import type { WorkspaceKey } from './workspace-volumes.js';

/** One archive of a workspace: there is at most one of each generation, and none is ever replaced by another. */
export interface WorkspaceArchiveKey extends WorkspaceKey {
  /** From 1. */
  readonly generation: number;
}

/** Where workers keep what persistent workspaces held; no caller of the API can download it. */
export interface WorkspaceArchives {
  /** Stores the file, all of it or nothing; resolves with its size in bytes. Gives up when the signal is aborted. */
  put(
    params: WorkspaceArchiveKey & { readonly file: string; readonly signal?: AbortSignal | undefined },
  ): Promise<number>;
  /** Writes the archive to `file`, which is not there yet (0600). Refused (`false`) when there is no such archive. */
  fetch(
    params: WorkspaceArchiveKey & { readonly file: string; readonly signal?: AbortSignal | undefined },
  ): Promise<boolean>;
}

/** The control plane's side. */
export interface WorkspaceArchiveRemoval {
  /** Deletes those of the workspace, or of them those of generations before this one but for `except`. Idempotent. */
  remove(
    params: WorkspaceKey & { readonly before?: number; readonly except?: number | undefined },
  ): Promise<void>;
}
