import type { RecordIn } from '@outpost/contracts';
import { timestamp } from '@outpost/platform';
import { removeTree } from '@outpost/platform/files';
import { existsSync } from 'node:fs';
import { diskLimitsOf, measureTree } from '../disk/index.js';
import { withinLimit } from '../time-limit.js';
import type { Worker } from '../worker.js';
import type { Workspace } from './workspace.js';

/**
 * Tells what a persistent workspace holds, before the report gives it to the next dispatch; what no dispatch is meant to
 * find of another goes first. Never rejects: then it is known as it was before.
 */
export async function reportUsage(
  { platform, key, limits, stop, clock, logger }: Worker,
  record: RecordIn<'RUNNING'>,
  { root, home, tmp, outbox }: Workspace,
): Promise<void> {
  const limitMs = stop.signal.aborted ? limits.stoppedMeasureMs : limits.measureMs;
  const limit = { name: 'usage', limitMs, settleMs: limits.settleMs, signal: stop.lost };
  try {
    await withinLimit(limit, async (signal) => {
      for (const directory of [home, tmp, outbox]) if (existsSync(directory)) await removeTree(directory);
      const { bytes, files } = await measureTree(root, diskLimitsOf(record), signal);
      const usage = { sizeBytes: bytes, files, measuredAt: timestamp(clock) };
      await platform.workspaceReports.report({ ...key, workspaceId: record.workspaceId, usage });
    });
  } catch (error) {
    logger.warn({ err: error }, 'the size of the workspace could not be told');
  }
}
