export interface WorkspaceKey {
  readonly tenantId: string;
  readonly workspaceId: string;
}

/** Where workspaces lie: directories here, EFS access points on AWS. */
export interface WorkspaceVolumes {
  /** Absolute path of the workspace, made if need be, private to this user (0700). */
  mount(key: WorkspaceKey): Promise<string>;
  /** Deletes the workspace with its data. Idempotent. */
  remove(key: WorkspaceKey): Promise<void>;
  /** All workspaces that have data, of all tenants. */
  list(): Promise<readonly WorkspaceKey[]>;
}
