import { ARTIFACT_NAMES, type RecordIn, type RunManifest } from '@outpost/contracts';
import { readCliVersion } from '@outpost/platform/process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Worker } from '../worker.js';
import type { End } from './report.js';
import type { Workspace } from './workspace.js';

/** Names of all that is to be uploaded, in the order of a listing. */
export async function artifactsIn({ outbox }: Pick<Workspace, 'outbox'>): Promise<readonly string[]> {
  const entries = await readdir(outbox, { recursive: true, withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(outbox, join(entry.parentPath, entry.name)));
  const known = ARTIFACT_NAMES.filter((name) => names.includes(name));
  return [...known, ...names.filter((name) => name.startsWith('artifacts/')).toSorted()];
}

/** Writes `manifest.json`, with the digests of all that lies beside it. Resolves with its own. */
export async function writeManifest(
  worker: Worker,
  workspace: Workspace,
  record: RecordIn<'RUNNING'>,
  end: End,
): Promise<string> {
  const names = (await artifactsIn(workspace)).filter((name) => name !== 'manifest.json');
  const artifacts: RunManifest['artifacts'] = [];
  for (const name of names) artifacts.push({ name, ...(await digestOf(join(workspace.outbox, name))) });
  const { dispatchId, tenantId, agent, modelId, tier, repo, branch, parentDispatchId } = record;
  const { verification } = end;
  const cli = await readCliVersion(agent, worker.platform.agents.locate(agent));
  const manifest: RunManifest = {
    version: 1,
    dispatchId,
    tenantId,
    status: end.to,
    agent,
    modelId,
    tier,
    ...(cli !== undefined && { cli }),
    ...(repo !== undefined && { repo }),
    ...(branch !== undefined && { branch }),
    ...(parentDispatchId !== undefined && { parentDispatchId }),
    ...(end.changes !== undefined && { baseCommit: end.changes.baseCommit }),
    ...(verification !== undefined && {
      verification: {
        command: verification.command,
        passed: verification.passed,
        exitCode: verification.exitCode,
      },
    }),
    createdAt: record.createdAt,
    startedAt: record.startedAt,
    completedAt: end.completedAt,
    ...(end.timings !== undefined && { timings: end.timings }),
    artifacts,
  };
  const file = join(workspace.outbox, 'manifest.json');
  await writeFile(file, `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600 });
  return (await digestOf(file)).sha256;
}

async function digestOf(file: string): Promise<{ sizeBytes: number; sha256: string }> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return { sizeBytes: (await stat(file)).size, sha256: hash.digest('hex') };
}
