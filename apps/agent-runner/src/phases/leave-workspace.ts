import type { RecordIn, WorkspaceUsage } from '@outpost/contracts';
import { timestamp, type StoredArchive } from '@outpost/platform';
import { removeTree } from '@outpost/platform/files';
import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { packWorkspace } from '../archive/index.js';
import { diskLimitsOf, measureTree } from '../disk/index.js';
import { withinLimit } from '../time-limit.js';
import type { Worker } from '../worker.js';
import { removeGeneration } from './volume-generation.js';
import type { Workspace } from './workspace.js';

interface LeaveParams {
  readonly worker: Worker;
  readonly record: RecordIn<'RUNNING'>;
  readonly workspace: Workspace;
  /** That it was entered in. */
  readonly generation: number;
  /** Whether to pack what is kept, and to free the volume. */
  readonly mayArchive: boolean;
}

/**
 * Tells what a persistent workspace holds, before the report gives it to the next dispatch; what no dispatch is meant to
 * find of another goes first. Where it was asked for, all that is kept is then packed, and the volume made free. Never
 * rejects: then all is as it was before, on the volume.
 */
export async function leaveWorkspace(params: LeaveParams): Promise<void> {
  const { limits, stop, logger } = params.worker;
  const { settleMs } = limits;
  const isStopped = stop.signal.aborted;
  const measureLimit = {
    name: 'usage',
    limitMs: isStopped ? limits.stoppedMeasureMs : limits.measureMs,
    settleMs,
    signal: stop.lost,
  };
  try {
    const usage = await withinLimit(measureLimit, (signal) => measure(params, signal));
    // For which there is no time any more.
    if (!params.mayArchive || isStopped) return;
    const archiveLimit = { name: 'archive', limitMs: limits.archiveMs, settleMs, signal: stop.signal };
    await withinLimit(archiveLimit, (signal) => archive(params, usage, signal));
  } catch (error) {
    logger.warn({ err: error }, 'the workspace could not be left in order');
  }
}

async function measure(params: LeaveParams, signal: AbortSignal): Promise<WorkspaceUsage> {
  const { worker, record, workspace } = params;
  const { root, home, tmp, outbox } = workspace;
  for (const directory of [home, tmp, outbox]) if (existsSync(directory)) await removeTree(directory);
  const { bytes, files } = await measureTree(root, diskLimitsOf(record), signal);
  const usage = { sizeBytes: bytes, files, measuredAt: timestamp(worker.clock) };
  await report(params, usage);
  return usage;
}

async function archive(params: LeaveParams, usage: WorkspaceUsage, signal: AbortSignal): Promise<void> {
  const { worker, record, workspace, generation } = params;
  const { platform, key, clock } = worker;
  const { tenantId } = key;
  const { workspaceId } = record;
  const file = join(workspace.runner, 'archive.tar.gz');
  try {
    const sha256 = await packWorkspace({ root: workspace.root, file, signal });
    const sizeBytes = await platform.workspaceArchives.put({
      tenantId,
      workspaceId,
      generation,
      file,
      signal,
    });
    const archivedAt = timestamp(clock);
    // Only now, whole and durable, does it count.
    if (!(await report(params, usage, { sizeBytes, archivedAt, sha256 }))) return;
  } finally {
    await rm(file, { force: true });
  }
  await freeVolume(workspace);
}

/** First what says that the volume has anything: half of it must not pass for all when this breaks off. */
async function freeVolume({ root, runner }: Workspace): Promise<void> {
  await removeGeneration(runner);
  for (const name of await readdir(root)) await removeTree(join(root, name));
}

function report(
  { worker, record, generation }: LeaveParams,
  usage: WorkspaceUsage,
  packed?: Omit<StoredArchive, 'generation'>,
): Promise<boolean> {
  const { platform, key } = worker;
  const hold = { ...key, workspaceId: record.workspaceId, generation };
  return platform.workspaceReports.report({ ...hold, usage, archive: packed });
}
