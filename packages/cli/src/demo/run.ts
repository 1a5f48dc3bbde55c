import type { OutpostClient } from '@outpost/client';
import { OutpostApiError } from '@outpost/client';
import type { AgentName, Dispatch, DispatchStatus, Stage } from '@outpost/contracts';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_INTERVAL_MS = 200;
/** How long the log may go on after the dispatch has ended. */
const LOG_GRACE_MS = 5_000;
const CANCEL_TIMEOUT_MS = 20_000;

/** Told what happens to a dispatch, as it happens. */
export interface RunObserver {
  state(
    agent: AgentName,
    state: { readonly status: DispatchStatus | 'REFUSED'; readonly stage?: Stage | undefined },
  ): void;
  line(agent: AgentName, text: string): void;
}

/** How the dispatch to one agent went. */
export type RunResult =
  | { readonly agent: AgentName; readonly dispatch: Dispatch; readonly streamedLines: number }
  /** The API did not take it. */
  | { readonly agent: AgentName; readonly refusal: OutpostApiError };

export interface RunParams {
  readonly client: OutpostClient;
  readonly agents: readonly AgentName[];
  readonly task: string;
  readonly repo: string;
  readonly observer: RunObserver;
  readonly signal: AbortSignal;
}

/** Dispatches the task to all agents at the same time, and follows each to its end. Cancels them when interrupted. */
export async function runAll(params: RunParams): Promise<readonly RunResult[]> {
  const dispatchIds: string[] = [];
  try {
    return await Promise.all(params.agents.map((agent) => runOne({ ...params, agent, dispatchIds })));
  } catch (error) {
    await cancelAll(params.client, dispatchIds);
    throw error;
  }
}

async function runOne(
  params: RunParams & { readonly agent: AgentName; readonly dispatchIds: string[] },
): Promise<RunResult> {
  const { client, agent, task, repo, observer, signal } = params;
  let created: Dispatch;
  try {
    created = await client.dispatches.create({ agent, task, repo }, { signal });
  } catch (error) {
    if (!(error instanceof OutpostApiError)) throw error;
    observer.state(agent, { status: 'REFUSED' });
    return { agent, refusal: error };
  }
  params.dispatchIds.push(created.dispatchId);
  observer.state(agent, created);
  const following = new AbortController();
  const lines = countLines(params, created.dispatchId, AbortSignal.any([signal, following.signal]));
  try {
    const dispatch = await client.dispatches.wait(created.dispatchId, {
      pollIntervalMs: POLL_INTERVAL_MS,
      signal,
      onUpdate: (update) => observer.state(agent, update),
    });
    await Promise.race([lines.ended, sleep(LOG_GRACE_MS, undefined, { ref: false })]);
    return { agent, dispatch, streamedLines: lines.count() };
  } finally {
    following.abort();
  }
}

/** Passes on the log as it is streamed. It is for the eye: where it breaks, the run does not. */
function countLines(
  { client, observer, agent }: RunParams & { readonly agent: AgentName },
  dispatchId: string,
  signal: AbortSignal,
) {
  let count = 0;
  const follow = async (): Promise<void> => {
    for await (const { text } of client.dispatches.followLogs(dispatchId, { signal })) {
      count += 1;
      observer.line(agent, text);
    }
  };
  return { ended: follow().catch(() => undefined), count: () => count };
}

async function cancelAll(client: OutpostClient, dispatchIds: readonly string[]): Promise<void> {
  const signal = AbortSignal.timeout(CANCEL_TIMEOUT_MS);
  await Promise.allSettled(
    dispatchIds.map(async (dispatchId) => {
      await client.dispatches.cancel(dispatchId, { signal });
      // Its worker should be gone before the control plane goes.
      await client.dispatches.wait(dispatchId, { signal, pollIntervalMs: POLL_INTERVAL_MS });
    }),
  );
}
