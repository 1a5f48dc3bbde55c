import { OutpostError, type DeletedWorkspace, type Workspace, type WorkspacePage } from '@outpost/contracts';
import {
  timestamp,
  type Clock,
  type DispatchStore,
  type ListWorkspacesParams,
  type WorkspaceKey,
  type WorkspaceRecord,
  type WorkspaceStore,
  type WorkspaceUse,
} from '@outpost/platform';
import type { Tenants } from './tenants.js';
import { noSuchWorkspace, type WorkspaceHandler } from './workspace-handler.js';

const MB = 1024 ** 2;

interface WorkspacesOptions {
  readonly store: WorkspaceStore;
  readonly dispatches: Pick<DispatchStore, 'get'>;
  readonly handler: WorkspaceHandler;
  readonly tenants: Pick<Tenants, 'policyOf'>;
  readonly clock: Clock;
}

/** Persistent workspaces, for those who look after them. */
export class Workspaces {
  readonly #options: WorkspacesOptions;

  constructor(options: WorkspacesOptions) {
    this.#options = options;
  }

  /** Newest use first. */
  async list(params: ListWorkspacesParams): Promise<WorkspacePage> {
    const { workspaces, nextCursor } = await this.#options.store.list(params);
    const views = await Promise.all(workspaces.map((record) => this.#view(record)));
    return { workspaces: views, ...(nextCursor !== undefined && { nextCursor }) };
  }

  /** Rejects with NOT_FOUND. */
  async get(key: WorkspaceKey): Promise<Workspace> {
    const { store, clock } = this.#options;
    const record = await store.get(key);
    if (record === undefined || record.expiresAt <= timestamp(clock)) throw noSuchWorkspace(key.workspaceId);
    return this.#view(record);
  }

  /**
   * Resolves once no dispatch can get it any more; its data goes after that. Rejects with NOT_FOUND, and with CONFLICT
   * while a dispatch has it or waits for it.
   */
  async delete(key: WorkspaceKey): Promise<DeletedWorkspace> {
    const { store, handler } = this.#options;
    const result = await handler.retire(key);
    if (result.outcome === 'missing') throw noSuchWorkspace(key.workspaceId);
    if (result.outcome === 'in_use') throw inUse(key, await store.useOf(key));
    if (result.record.emptiedAt === undefined) void handler.empty(result.record);
    const { workspaceId, deletedAt = timestamp(this.#options.clock) } = result.record;
    return { workspaceId, deletedAt };
  }

  async #view(record: WorkspaceRecord): Promise<Workspace> {
    const { store, dispatches, tenants } = this.#options;
    const { tenantId, workspaceId, repo, branch, createdAt, lastUsedAt, expiresAt } = record;
    const [use, { workspaceQuotaMb }] = await Promise.all([store.useOf(record), tenants.policyOf(tenantId)]);
    const { heldBy, waiting, usage, archive, lastDispatchId: dispatchId } = use;
    const isArchived = archive !== undefined && archive.generation >= use.volumeGeneration;
    const last = dispatchId === undefined ? undefined : await dispatches.get({ tenantId, dispatchId });
    return {
      workspaceId,
      ...(repo !== undefined && { repo }),
      ...(branch !== undefined && { branch }),
      createdAt,
      lastUsedAt,
      expiresAt,
      ...(usage !== undefined && { usage }),
      ...(isArchived && { archive: { sizeBytes: archive.sizeBytes, archivedAt: archive.archivedAt } }),
      quotaBytes: workspaceQuotaMb * MB,
      inUse: heldBy !== undefined || waiting > 0,
      ...(heldBy !== undefined && { heldBy }),
      waiting,
      ...(last !== undefined && {
        lastDispatch: { dispatchId: last.dispatchId, agent: last.agent, status: last.status },
      }),
    };
  }
}

function inUse({ workspaceId }: WorkspaceKey, { heldBy, waiting }: WorkspaceUse): OutpostError {
  const who = heldBy === undefined ? `${waiting} dispatches wait for it` : `dispatch ${heldBy} has it`;
  const queue = heldBy !== undefined && waiting > 0 ? `, and ${waiting} wait for it` : '';
  return new OutpostError(
    'CONFLICT',
    `Workspace ${workspaceId} is in use: ${who}${queue}. Wait for their end or cancel them with DELETE /dispatch/:dispatchId, then delete it.`,
  );
}
