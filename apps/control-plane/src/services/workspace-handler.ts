import {
  LIMITS,
  OutpostError,
  type CreateDispatch,
  type WorkspaceLimits,
  type WorkspaceMode,
} from '@outpost/contracts';
import {
  timestamp,
  type Clock,
  type RetireResult,
  type WorkspaceArchiveRemoval,
  type WorkspaceKey,
  type WorkspaceRecord,
  type WorkspaceStore,
  type WorkspaceVolumes,
} from '@outpost/platform';
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { refuseOver } from '../domain/workspace-quota.js';
import type { Principal } from './api-keys.js';
import { attempt } from './attempt.js';
import type { AuditLogger } from './audit-logger.js';
import type { Tenants } from './tenants.js';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** Where a dispatch will work. */
export interface WorkspacePlan {
  readonly workspaceId: string;
  readonly workspaceMode: WorkspaceMode;
  readonly limits: WorkspaceLimits;
  readonly repo: string | undefined;
  readonly branch: string | undefined;
  /** True when the workspace holds the repository already. */
  readonly continues: boolean;
}

interface WorkspaceHandlerOptions {
  readonly store: WorkspaceStore;
  readonly volumes: WorkspaceVolumes;
  readonly archives: WorkspaceArchiveRemoval;
  readonly tenants: Pick<Tenants, 'policyOf'>;
  readonly audit: Pick<AuditLogger, 'record'>;
  /** Files that a workspace may hold, and persistent workspaces that a tenant may. */
  readonly limits: { readonly maxFiles: number; readonly maxPerTenant: number };
  readonly clock: Clock;
  readonly logger: Logger;
}

interface PlanParams {
  readonly tenantId: string;
  readonly request: CreateDispatch;
}

/** Persistent workspaces: made, continued, and deleted with their data, on request or when they expire. */
export class WorkspaceHandler {
  readonly #options: WorkspaceHandlerOptions;

  constructor(options: WorkspaceHandlerOptions) {
    this.#options = options;
  }

  /**
   * Writes nothing. Rejects with NOT_FOUND for a workspace that the tenant does not have, and with CONFLICT for one that
   * is full, or one more than the tenant may have.
   */
  async plan({ tenantId, request }: PlanParams): Promise<WorkspacePlan> {
    const { tenants, limits } = this.#options;
    const { workspaceQuotaMb: megabytes } = await tenants.policyOf(tenantId);
    const given = { limits: { megabytes, files: limits.maxFiles } };
    const { workspaceId, repo, branch, workspaceMode = 'ephemeral' } = request;
    if (workspaceId !== undefined)
      return { ...given, ...(await this.#continue({ tenantId, request }, workspaceId, given.limits)) };
    if (workspaceMode === 'persistent') await this.#requireRoom(tenantId);
    return { ...given, workspaceId: randomUUID(), workspaceMode, repo, branch, continues: false };
  }

  /** Writes the workspace, or moves its expiry on. Rejects with NOT_FOUND when it was deleted meanwhile. */
  async keep({ tenantId, plan }: { tenantId: string; plan: WorkspacePlan }): Promise<void> {
    if (plan.workspaceMode !== 'persistent') return;
    const { store, clock } = this.#options;
    const { workspaceId, repo, branch } = plan;
    const now = clock.now();
    const lastUsedAt = new Date(now).toISOString();
    const expiresAt = new Date(now + LIMITS.workspaceTtlDays * DAY_MS).toISOString();
    const key = { tenantId, workspaceId };
    if (!plan.continues)
      await store.put({ ...key, repo, branch, createdAt: lastUsedAt, lastUsedAt, expiresAt });
    else if (!(await store.touch({ ...key, lastUsedAt, expiresAt }))) throw noSuchWorkspace(workspaceId);
    else await this.#removeOldArchives(key);
  }

  /** Takes back what `keep` wrote for a workspace that no dispatch was made for. */
  async drop({ tenantId, plan }: { tenantId: string; plan: WorkspacePlan }): Promise<void> {
    const { workspaceId, workspaceMode, continues } = plan;
    if (workspaceMode === 'persistent' && !continues)
      await this.#options.store.delete({ tenantId, workspaceId });
  }

  /** Records that a dispatch has made its workspace, where it has. */
  recordCreation(principal: Principal, plan: WorkspacePlan, dispatchId: string): void {
    if (plan.workspaceMode !== 'persistent' || plan.continues) return;
    this.#options.audit.record({
      tenantId: principal.tenantId,
      actor: { kind: 'api_key', id: principal.apiKeyId },
      action: 'workspace.create',
      resource: `workspaces/${plan.workspaceId}`,
      outcome: 'success',
      dispatchId,
    });
  }

  /** Takes it from all who would dispatch to it, for good; its data goes with `empty`, or the next clean-up. */
  async retire(key: WorkspaceKey): Promise<RetireResult> {
    const { store, clock } = this.#options;
    return store.retire({ ...key, at: timestamp(clock) });
  }

  /** Deletes the data of one that was retired. Never rejects: what is left, the next clean-up deletes. */
  async empty(retired: WorkspaceRecord): Promise<void> {
    const { store, clock, logger } = this.#options;
    await attempt(logger, `delete the data of workspace ${retired.workspaceId}`, async () => {
      await this.#removeData(retired);
      await store.put({ ...retired, emptiedAt: timestamp(clock) });
    });
  }

  /** Deletes expired workspaces, and data that belongs to neither a workspace nor a dispatch that has not ended. */
  async removeStale({ isInUse }: { isInUse: (key: WorkspaceKey) => Promise<boolean> }): Promise<void> {
    const { store, volumes, logger, clock } = this.#options;
    const listed = await volumes.list();
    for (const workspace of await store.listExpired({ now: timestamp(clock) })) {
      if (workspace.emptiedAt !== undefined || (await isInUse(workspace))) continue;
      if (workspace.deletedAt !== undefined) await this.empty(workspace);
      else await attempt(logger, `expire ${workspace.workspaceId}`, () => this.#expire(workspace));
    }
    for (const key of listed) {
      if ((await store.get(key)) !== undefined) continue;
      // Asked after the volumes were listed: a dispatch is written before its data, so none can be missed.
      if (!(await isInUse(key)))
        await attempt(logger, `delete workspace ${key.workspaceId}`, () => this.#removeData(key));
    }
    await this.#forgetDeleted();
  }

  async #continue({ tenantId, request }: PlanParams, workspaceId: string, limits: WorkspaceLimits) {
    const { store, clock } = this.#options;
    const workspace = await store.get({ tenantId, workspaceId });
    if (workspace === undefined || workspace.expiresAt <= timestamp(clock))
      throw noSuchWorkspace(workspaceId);
    refuseOther('repo', request.repo, workspace.repo);
    refuseOther('branch', request.branch, workspace.branch);
    const { usage } = await store.useOf({ tenantId, workspaceId });
    refuseOver({ workspaceId, usage, limits });
    const { repo, branch } = workspace;
    return { workspaceId, workspaceMode: 'persistent', repo, branch, continues: true } as const;
  }

  // Counted, not reserved: requests of one moment may pass by as many as they are.
  async #requireRoom(tenantId: string): Promise<void> {
    const { store, limits } = this.#options;
    if ((await store.count({ tenantId })) < limits.maxPerTenant) return;
    throw new OutpostError(
      'CONFLICT',
      `The tenant has ${limits.maxPerTenant} persistent workspaces, as many as it may. Continue in one with its ` +
        'workspaceId, or delete one that is not needed: GET /workspaces lists them, DELETE /workspaces/:workspaceId deletes one.',
    );
  }

  async #removeData({ tenantId, workspaceId }: WorkspaceKey): Promise<void> {
    await this.#options.archives.remove({ tenantId, workspaceId });
    await this.#options.volumes.remove({ tenantId, workspaceId });
  }

  async #expire({ tenantId, workspaceId }: WorkspaceRecord): Promise<void> {
    const key = { tenantId, workspaceId };
    const retirement = await this.retire(key);
    if (retirement.outcome !== 'retired') return;
    this.#options.audit.record({
      tenantId: key.tenantId,
      actor: { kind: 'control_plane' },
      action: 'workspace.delete',
      resource: `workspaces/${key.workspaceId}`,
      outcome: 'success',
      detail: `not used for ${LIMITS.workspaceTtlDays} days`,
    });
    await this.empty(retirement.record);
  }

  /** Of what a later dispatch has restored, or replaced. One at work may still store that of its own generation. */
  async #removeOldArchives(key: WorkspaceKey): Promise<void> {
    const { store, archives, logger } = this.#options;
    await attempt(logger, `delete old archives of workspace ${key.workspaceId}`, async () => {
      const { archive, generation, volumeGeneration } = await store.useOf(key);
      if (archive === undefined) return;
      const except = archive.generation >= volumeGeneration ? archive.generation : undefined;
      await archives.remove({ ...key, before: generation, except });
    });
  }

  /** Their data went long ago, and so did whoever began to dispatch to them before that. */
  async #forgetDeleted(): Promise<void> {
    const { store, clock } = this.#options;
    const before = new Date(clock.now() - LIMITS.workspaceDeletionHours * HOUR_MS).toISOString();
    for (const workspace of await store.listExpired({ now: before }))
      if (workspace.emptiedAt !== undefined) await store.delete(workspace);
  }
}

export function noSuchWorkspace(workspaceId: string): OutpostError {
  return new OutpostError(
    'NOT_FOUND',
    `There is no workspace ${workspaceId}, or no longer: one that is not used for ${LIMITS.workspaceTtlDays} days is deleted.`,
  );
}

function refuseOther(field: 'repo' | 'branch', asked: string | undefined, held: string | undefined): void {
  if (asked === undefined || asked === held) return;
  const message = `the workspace holds ${held ?? `no ${field}`}; leave ${field} out to continue in it`;
  throw new OutpostError('VALIDATION_ERROR', `body.${field}: ${message}`, {
    details: [{ path: `body.${field}`, message }],
  });
}
