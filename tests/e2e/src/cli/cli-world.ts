import { makeRepository, startWithFakeAgent, type Outpost } from '@outpost/test-support';
import type { Dispatch } from '@outpost/contracts';
import { bareEnvironment, cliJson, type CliOptions } from './run-cli.js';

/** A control plane with the fake agent in place of claude, and a person who has its key and a checkout. */
export interface CliWorld {
  readonly outpost: Outpost;
  readonly repo: string;
  readonly env: Readonly<Record<string, string>>;
  /** In the checkout. */
  readonly options: CliOptions;
  /** `outpost dispatch --agent claude …` */
  dispatched(...args: string[]): Promise<Dispatch>;
  /** The same, to its end. */
  completed(task: string): Promise<Dispatch>;
}

/** `controlPlane` is more of its environment. */
export async function openCliWorld({
  controlPlane,
}: { readonly controlPlane?: Readonly<Record<string, string>> } = {}): Promise<CliWorld> {
  const outpost = await startWithFakeAgent({ ...controlPlane });
  const repo = await makeRepository();
  const env = { ...(await bareEnvironment()), OUTPOST_URL: outpost.url, OUTPOST_API_KEY: outpost.apiKey };
  const options = { env, cwd: repo };
  const dispatched = async (...args: string[]): Promise<Dispatch> =>
    cliJson<Dispatch>(['dispatch', '--agent', 'claude', ...args], options);
  return {
    outpost,
    repo,
    env,
    options,
    dispatched,
    completed: async (task) => outpost.ended((await dispatched(task)).dispatchId),
  };
}
