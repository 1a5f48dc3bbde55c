import { isTerminal, type DispatchRecord, type RecordIn } from '@outpost/contracts';
import type { ArtifactKey } from '@outpost/platform';
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import type { StartingPoint } from '../git/index.js';
import { PhaseError } from '../phase-error.js';
import type { Worker } from '../worker.js';
import { untilAvailable } from './until-available.js';
import type { Workspace } from './workspace.js';

const CommitSchema = z.string().regex(/^[0-9a-f]{40}$/);
const ContextSchema = z.object({ baseCommit: CommitSchema });

type Ended = Exclude<DispatchRecord, { status: 'QUEUED' | 'PENDING' | 'RUNNING' }>;

/** The dispatch that this one goes on from; undefined when it goes on from none. */
export async function readParent(
  { platform, key, logger }: Worker,
  { parentDispatchId: dispatchId }: RecordIn<'RUNNING'>,
  signal: AbortSignal,
): Promise<Ended | undefined> {
  if (dispatchId === undefined) return undefined;
  const parent = await untilAvailable({ logger, signal }, () =>
    platform.dispatches.get({ tenantId: key.tenantId, dispatchId }),
  );
  if (parent === undefined || !isTerminal(parent.status))
    throw new PhaseError('parent_unavailable', `There is no dispatch ${dispatchId} that has ended.`);
  return parent as Ended;
}

/** What the parent changed, and where it had started. */
export async function fetchStartingPoint(
  worker: Worker,
  workspace: Workspace,
  parent: Ended,
  signal: AbortSignal,
): Promise<StartingPoint> {
  const { tenantId, dispatchId } = parent;
  const patchFile = join(workspace.runner, 'parent.patch');
  await mkdir(workspace.runner, { recursive: true, mode: 0o700 });
  await download(worker, { tenantId, dispatchId, name: 'changes.patch' }, patchFile, signal);
  return { dispatchId, baseCommit: await baseOf(worker, parent), patchFile };
}

/** One whose worker was lost, or that was cancelled, has no changes in its record; its context.json tells the base. */
async function baseOf({ platform }: Worker, { tenantId, dispatchId, changes }: Ended): Promise<string> {
  if (changes !== undefined) return changes.baseCommit;
  const opened = await platform.artifacts.open({ tenantId, dispatchId, name: 'context.json' });
  const parsed = ContextSchema.safeParse(opened && parseJson(await text(opened.stream)));
  if (!parsed.success)
    throw new PhaseError('parent_unavailable', `Where dispatch ${dispatchId} started is not known any more.`);
  return parsed.data.baseCommit;
}

async function download(
  { platform }: Worker,
  key: ArtifactKey,
  file: string,
  signal: AbortSignal,
): Promise<void> {
  const opened = await platform.artifacts.open(key);
  if (opened === undefined)
    throw new PhaseError('parent_unavailable', `The ${key.name} of dispatch ${key.dispatchId} is gone.`);
  await pipeline(opened.stream, createWriteStream(file, { mode: 0o600 }), { signal });
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
