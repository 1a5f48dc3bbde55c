import { OutpostApiError, OutpostConnectionError } from '@outpost/client';
import type { Dispatch } from '@outpost/contracts';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Api } from '../api/api-command.js';
import { CliError } from '../cli-error.js';
import { exitCodeOfStatus } from '../exit-code.js';
import { duration } from '../terminal/units.js';
import { describeEnd } from './describe.js';
import { renderLogLine } from './log-line.js';
import { StatusLine } from './status-line.js';

/** Between two looks at the status, for the line that shows it. The log itself is streamed. */
const LOOK_MS = 5_000;
const CANCEL_TIMEOUT_MS = 60_000;
const SIGINT_EXIT_CODE = 130;

export interface FollowOptions {
  /** Ctrl-C cancels the dispatch, where it else leaves it running. */
  readonly cancelOnInterrupt: boolean;
}

/**
 * Shows the log of a dispatch until it has ended, then how it ended; the exit code of the process follows from that.
 * With JSON the log goes to stderr, and the dispatch to stdout.
 */
export async function followToEnd(api: Api, created: Dispatch, options: FollowOptions): Promise<void> {
  const { output } = api;
  const interrupt = options.cancelOnInterrupt ? 'cancels it' : 'leaves it running';
  output.note(`Dispatched ${created.dispatchId} to ${created.agent}. Ctrl-C ${interrupt}.`);
  try {
    const ended = await showLog(api, created);
    output.result(ended, () => describeEnd(ended));
    process.exitCode = exitCodeOfStatus(ended.status);
  } catch (error) {
    if (!api.signal.aborted) throw error;
    await afterInterrupt(api, created.dispatchId, options);
  }
}

async function showLog(api: Api, created: Dispatch): Promise<Dispatch> {
  const { client, output, signal } = api;
  const startedAt = performance.now();
  let now = created;
  const line = new StatusLine(process.stderr, () => statusText(now, performance.now() - startedAt));
  const ended = new AbortController();
  const looking = lookAtStatus(api, created.dispatchId, ended.signal, (dispatch) => {
    now = dispatch;
  });
  const stream = output.isJson ? process.stderr : process.stdout;
  try {
    for await (const entry of client.dispatches.followLogs(created.dispatchId, { signal })) {
      line.above(() => stream.write(`${renderLogLine(entry, stream)}\n`));
    }
  } finally {
    line.stop();
    ended.abort();
    await looking;
  }
  return client.dispatches.get(created.dispatchId, { signal });
}

/** For the eye alone: where it fails, the log goes on. */
async function lookAtStatus(
  { client }: Api,
  dispatchId: string,
  ended: AbortSignal,
  seen: (dispatch: Dispatch) => void,
): Promise<void> {
  if (!process.stderr.isTTY) return;
  while (!ended.aborted) {
    try {
      seen(await client.dispatches.get(dispatchId, { signal: ended }));
      await sleep(LOOK_MS, undefined, { signal: ended });
    } catch (error) {
      if (error instanceof OutpostApiError || error instanceof OutpostConnectionError) {
        await sleep(LOOK_MS, undefined, { signal: ended }).catch(() => undefined);
      } else if (!ended.aborted) throw error;
    }
  }
}

function statusText({ agent, status, stage, queue }: Dispatch, elapsedMs: number): string {
  const where = queue === undefined ? (stage ?? '') : `position ${queue.position}`;
  return [agent, status, where, duration(elapsedMs)].filter((part) => part !== '').join(' · ');
}

async function afterInterrupt(api: Api, dispatchId: string, options: FollowOptions): Promise<void> {
  const { client, config, output } = api;
  if (!options.cancelOnInterrupt) {
    const { invocation } = config;
    throw new CliError(
      `Left running: ${dispatchId}\n  ${invocation} logs -f ${dispatchId}\n  ${invocation} cancel ${dispatchId}`,
      { exitCode: SIGINT_EXIT_CODE },
    );
  }
  output.note(`Cancelling ${dispatchId} …`);
  const signal = AbortSignal.timeout(CANCEL_TIMEOUT_MS);
  await client.dispatches.cancel(dispatchId, { signal });
  const ended = await client.dispatches.wait(dispatchId, { signal });
  output.result(ended, () => describeEnd(ended));
  process.exitCode = exitCodeOfStatus(ended.status);
}
