/** A persistent workspace. Times are ISO 8601. */
export interface WorkspaceRecord {
  readonly tenantId: string;
  readonly workspaceId: string;
  readonly repo?: string | undefined;
  readonly branch?: string | undefined;
  readonly createdAt: string;
  readonly lastUsedAt: string;
  readonly expiresAt: string;
}

export interface WorkspaceStore {
  /** Writes or replaces. */
  put(workspace: WorkspaceRecord): Promise<void>;
  get(params: {
    readonly tenantId: string;
    readonly workspaceId: string;
  }): Promise<WorkspaceRecord | undefined>;
  delete(params: { readonly tenantId: string; readonly workspaceId: string }): Promise<void>;
  /** Of all tenants, those that expired before `now` (ISO 8601). */
  listExpired(params: { readonly now: string }): Promise<readonly WorkspaceRecord[]>;
}
