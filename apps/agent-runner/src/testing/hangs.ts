import type { ArtifactStore, SecretStore, WorkerPlatform, WorkspaceMounts } from '@outpost/platform';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createOrigin } from '../git/testing/places.js';
import type { LimitedStage } from '../worker-limits.js';
import { createHangingGit } from './hanging-git.js';
import type { PrepareOptions } from './run-bench.js';

/** A run that hangs in one of its phases. */
export interface Hang {
  readonly options: PrepareOptions;
  /** Resolves once it hangs. */
  begun(): Promise<unknown>;
  /** Resolves once what hung has ended: it was told to. */
  ended(): Promise<unknown>;
}

type HangingStage = Exclude<LimitedStage, 'report'>;

export const HANGING_STAGES: readonly HangingStage[] = [
  'claim',
  'workspace',
  'clone',
  'context',
  'collect',
  'upload',
];

const GIT_COMMANDS = { clone: 'fetch', context: 'log', collect: 'diff-tree' } as const;

export async function hangIn(stage: HangingStage, root: string): Promise<Hang> {
  if (stage === 'clone' || stage === 'context' || stage === 'collect')
    return await hangingGit(root, GIT_COMMANDS[stage]);
  if (stage === 'upload') return hangingUpload();
  return hangingStore(stage);
}

async function hangingGit(root: string, subcommand: string): Promise<Hang> {
  const origin = join(root, 'origin');
  await mkdir(origin, { recursive: true });
  await createOrigin(origin, { 'readme.md': 'hello\n' });
  const git = await createHangingGit(root, subcommand);
  return {
    options: { binDir: git.binDir, spec: { repo: origin } },
    begun: () => git.begun(),
    ended: () => git.ended(),
  };
}

/** An upload that ends only when it is told to. */
function hangingUpload(): Hang {
  const begun = Promise.withResolvers<void>();
  const aborted = Promise.withResolvers<void>();
  const put: ArtifactStore['put'] = async ({ signal }) => {
    begun.resolve();
    return await new Promise((_, reject) => {
      signal?.addEventListener('abort', () => {
        aborted.resolve();
        reject(new Error('aborted'));
      });
    });
  };
  const replace = ({ artifacts }: WorkerPlatform) => ({ artifacts: { ...artifacts, put } });
  return { options: { replace }, begun: () => begun.promise, ended: () => aborted.promise };
}

/** A store or a disk that does not answer, and cannot be told to give up. */
function hangingStore(stage: 'claim' | 'workspace'): Hang {
  const begun = Promise.withResolvers<void>();
  const never = async (): Promise<never> => {
    begun.resolve();
    return await new Promise<never>(() => {});
  };
  const secrets: SecretStore = { get: never, has: never };
  const replace = ({ mounts }: WorkerPlatform) => {
    const hanging: WorkspaceMounts = { mount: never, erase: (key) => mounts.erase(key) };
    return stage === 'claim' ? { secrets } : { mounts: hanging };
  };
  return { options: { replace }, begun: () => begun.promise, ended: async () => undefined };
}
