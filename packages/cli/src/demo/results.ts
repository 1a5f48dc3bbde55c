import type { OutpostClient } from '@outpost/client';
import type { AgentName, Dispatch, DispatchStatus, FailureClass } from '@outpost/contracts';
import { createWriteStream } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { DemoMode } from '../models.js';
import type { PatchChecker } from './patch-check.js';
import type { RunResult } from './run.js';

export interface DemoArtifact {
  readonly name: string;
  readonly sizeBytes: number;
  readonly contentType: string;
  /** Where the demo has put it. */
  readonly path: string;
}

/** One agent's run, as `outpost demo --json` prints it. */
export interface DemoRun {
  readonly agent: AgentName;
  readonly modelId: string | null;
  readonly dispatchId: string | null;
  /** `REFUSED`: the API did not take the dispatch. */
  readonly status: DispatchStatus | 'REFUSED';
  readonly filesChanged: number;
  readonly insertions: number;
  readonly deletions: number;
  /** Without what came from or went into the provider's cache. */
  readonly inputTokens: number | null;
  readonly cachedInputTokens: number | null;
  readonly outputTokens: number | null;
  readonly costUsd: number | null;
  /** From the dispatch to its end. */
  readonly durationMs: number | null;
  /** Lines of the log that arrived while it was followed. */
  readonly streamedLines: number;
  readonly patchApplies: boolean;
  readonly patch: string;
  readonly artifacts: readonly DemoArtifact[];
  readonly failure?: { readonly class?: FailureClass; readonly message: string; readonly hint?: string };
}

export interface DemoDocument {
  readonly mode: DemoMode;
  readonly repo: string;
  readonly dataDir: string;
  readonly runs: readonly DemoRun[];
}

/** Whether the demo shows what it should. */
export function isSuccess({ runs }: DemoDocument): boolean {
  return runs.length > 0 && runs.every(({ status, patchApplies }) => status === 'COMPLETED' && patchApplies);
}

/** Downloads what a run left, tries its patch, and sums it up. */
export async function collectRun(params: {
  readonly client: OutpostClient;
  readonly result: RunResult;
  readonly checker: PatchChecker;
  readonly directory: string;
  readonly signal: AbortSignal;
}): Promise<DemoRun> {
  const { result, checker } = params;
  if ('refusal' in result) return refusedRun(result.agent, result.refusal.message);
  const { dispatch, streamedLines } = result;
  const artifacts = await download({ ...params, dispatchId: dispatch.dispatchId });
  const patchFile = artifacts.find(({ name }) => name === 'changes.patch')?.path;
  const patch = patchFile === undefined ? '' : await readFile(patchFile, 'utf8');
  const check = await checker.check({ text: patch, baseCommit: dispatch.changes?.baseCommit ?? 'HEAD' });
  return {
    ...figuresOf(dispatch),
    streamedLines,
    patchApplies: check.applies,
    patch,
    artifacts,
    ...failureOf(dispatch, check.reason),
  };
}

function figuresOf(dispatch: Dispatch) {
  const { agent, modelId, dispatchId, status, changes, usage, cost, createdAt, completedAt } = dispatch;
  return {
    agent,
    modelId,
    dispatchId,
    status,
    filesChanged: changes?.filesChanged ?? 0,
    insertions: changes?.insertions ?? 0,
    deletions: changes?.deletions ?? 0,
    inputTokens: usage?.inputTokens ?? null,
    cachedInputTokens: usage === undefined ? null : usage.cacheReadTokens + usage.cacheWriteTokens,
    outputTokens: usage?.outputTokens ?? null,
    costUsd: cost?.total ?? null,
    durationMs: completedAt === undefined ? null : Date.parse(completedAt) - Date.parse(createdAt),
  };
}

function failureOf(dispatch: Dispatch, patchReason: string | undefined): Pick<DemoRun, 'failure'> {
  const { status, failure, errorMessage } = dispatch;
  if (failure !== undefined)
    return { failure: { class: failure.class, message: failure.message, hint: failure.hint } };
  if (status !== 'COMPLETED') return { failure: { message: errorMessage ?? `It ended ${status}.` } };
  return patchReason === undefined ? {} : { failure: { message: patchReason } };
}

function refusedRun(agent: AgentName, message: string): DemoRun {
  return {
    agent,
    modelId: null,
    dispatchId: null,
    status: 'REFUSED',
    filesChanged: 0,
    insertions: 0,
    deletions: 0,
    inputTokens: null,
    cachedInputTokens: null,
    outputTokens: null,
    costUsd: null,
    durationMs: null,
    streamedLines: 0,
    patchApplies: false,
    patch: '',
    artifacts: [],
    failure: { message },
  };
}

/** Downloads every artifact through its signed URL: the URLs end with the control plane, the files stay. */
async function download(params: {
  readonly client: OutpostClient;
  readonly dispatchId: string;
  readonly directory: string;
  readonly signal: AbortSignal;
}): Promise<readonly DemoArtifact[]> {
  const { client, dispatchId, directory, signal } = params;
  await mkdir(directory, { recursive: true });
  const { artifacts } = await client.artifacts.list(dispatchId, { signal });
  return Promise.all(
    artifacts.map(async ({ url, name, sizeBytes, contentType }) => {
      const path = join(directory, name);
      const response = await client.artifacts.download({ url }, { signal });
      await pipeline(Readable.from(response.body ?? []), createWriteStream(path), { signal });
      return { name, sizeBytes, contentType, path };
    }),
  );
}
