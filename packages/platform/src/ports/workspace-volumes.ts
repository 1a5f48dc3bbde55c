export interface WorkspaceKey {
  readonly tenantId: string;
  readonly workspaceId: string;
}

/** The worker's side of workspaces. */
export interface WorkspaceMounts {
  /** Absolute path of the workspace, made if need be, private to this user (0700). */
  mount(key: WorkspaceKey): Promise<string>;
  /** Deletes all that is in the workspace, as at the end of an ephemeral one. Idempotent. */
  erase(key: WorkspaceKey): Promise<void>;
}

/** The control plane's side of workspaces: directories here, EFS access points on AWS. */
export interface WorkspaceVolumes {
  /** Deletes the workspace with its data and all that was made for it. Idempotent. */
  remove(key: WorkspaceKey): Promise<void>;
  /** All workspaces that have something to remove, of all tenants. */
  list(): Promise<readonly WorkspaceKey[]>;
}
