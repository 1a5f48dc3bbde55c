import { LIMITS, OutpostError, type CreateDispatch, type WorkspaceMode } from '@outpost/contracts';
import {
  timestamp,
  type Clock,
  type WorkspaceKey,
  type WorkspaceRecord,
  type WorkspaceStore,
  type WorkspaceVolumes,
} from '@outpost/platform';
import { randomUUID } from 'node:crypto';

const DAY_MS = 86_400_000;

/** Where a dispatch will work. */
export interface WorkspacePlan {
  readonly workspaceId: string;
  readonly workspaceMode: WorkspaceMode;
  readonly repo: string | undefined;
  readonly branch: string | undefined;
  /** True when the workspace holds the repository already. */
  readonly continues: boolean;
}

/** Persistent workspaces: made, continued, and deleted with their data when they expire. */
export class WorkspaceHandler {
  readonly #store: WorkspaceStore;
  readonly #volumes: WorkspaceVolumes;
  readonly #clock: Clock;

  constructor(ports: { store: WorkspaceStore; volumes: WorkspaceVolumes; clock: Clock }) {
    this.#store = ports.store;
    this.#volumes = ports.volumes;
    this.#clock = ports.clock;
  }

  /** Rejects with NOT_FOUND for a workspace that the tenant does not have. Writes nothing. */
  async plan({ tenantId, request }: { tenantId: string; request: CreateDispatch }): Promise<WorkspacePlan> {
    const { workspaceId, repo, branch } = request;
    if (workspaceId === undefined) {
      const workspaceMode = request.workspaceMode ?? 'ephemeral';
      return { workspaceId: randomUUID(), workspaceMode, repo, branch, continues: false };
    }
    const workspace = await this.#store.get({ tenantId, workspaceId });
    if (workspace === undefined || workspace.expiresAt <= timestamp(this.#clock)) {
      throw new OutpostError(
        'NOT_FOUND',
        `There is no workspace ${workspaceId}, or no longer: one that is not used for ${LIMITS.workspaceTtlDays} days is deleted.`,
      );
    }
    refuseOther('repo', repo, workspace.repo);
    refuseOther('branch', branch, workspace.branch);
    return {
      workspaceId,
      workspaceMode: 'persistent',
      repo: workspace.repo,
      branch: workspace.branch,
      continues: true,
    };
  }

  /** Writes the workspace, or moves its expiry on. */
  async keep({ tenantId, plan }: { tenantId: string; plan: WorkspacePlan }): Promise<void> {
    if (plan.workspaceMode !== 'persistent') return;
    const { workspaceId, repo, branch } = plan;
    const now = this.#clock.now();
    const lastUsedAt = new Date(now).toISOString();
    const known = await this.#store.get({ tenantId, workspaceId });
    await this.#store.put({
      tenantId,
      workspaceId,
      repo,
      branch,
      createdAt: known?.createdAt ?? lastUsedAt,
      lastUsedAt,
      expiresAt: new Date(now + LIMITS.workspaceTtlDays * DAY_MS).toISOString(),
    });
  }

  /** Takes back what `keep` wrote for a workspace that no dispatch was made for. */
  async drop({ tenantId, plan }: { tenantId: string; plan: WorkspacePlan }): Promise<void> {
    const { workspaceId, workspaceMode, continues } = plan;
    if (workspaceMode === 'persistent' && !continues) await this.#store.delete({ tenantId, workspaceId });
  }

  /** Deletes expired workspaces, and data that belongs to neither a workspace nor a dispatch that has not ended. */
  async removeStale({ isInUse }: { isInUse: (key: WorkspaceKey) => Promise<boolean> }): Promise<void> {
    const volumes = await this.#volumes.list();
    for (const workspace of await this.#store.listExpired({ now: timestamp(this.#clock) })) {
      if (!(await isInUse(workspace))) await this.#delete(workspace);
    }
    for (const key of volumes) {
      if ((await this.#store.get(key)) !== undefined) continue;
      // Asked after the volumes were listed: a dispatch is written before its data, so none can be missed.
      if (!(await isInUse(key))) await this.#volumes.remove(key);
    }
  }

  async #delete({ tenantId, workspaceId }: WorkspaceRecord): Promise<void> {
    await this.#volumes.remove({ tenantId, workspaceId });
    await this.#store.delete({ tenantId, workspaceId });
  }
}

function refuseOther(field: 'repo' | 'branch', asked: string | undefined, held: string | undefined): void {
  if (asked === undefined || asked === held) return;
  const message = `the workspace holds ${held ?? `no ${field}`}; leave ${field} out to continue in it`;
  throw new OutpostError('VALIDATION_ERROR', `body.${field}: ${message}`, {
    details: [{ path: `body.${field}`, message }],
  });
}
