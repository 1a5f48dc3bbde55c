import type { Command } from 'commander';
import { apiCommand, withApi, type Api } from '../api/api-command.js';
import { dispatchIdOf, ID_ARGUMENT } from '../api/dispatch-id.js';
import { describeDispatch } from '../dispatch/describe.js';
import { followToEnd } from '../dispatch/follow.js';

interface RetryOptions {
  readonly idempotencyKey?: string;
  readonly wait?: true;
  readonly cancelOnInterrupt?: true;
}

/** `outpost retry`. */
export function retryCommand(): Command {
  return apiCommand('retry', 'dispatch the same once more')
    .argument(...ID_ARGUMENT)
    .option('--idempotency-key <key>', 'a repeat with the same key is the same dispatch')
    .option('-w, --wait', 'follow the log to the end; the exit code says how it ended')
    .option('--cancel-on-interrupt', 'with --wait: Ctrl-C cancels the dispatch instead of leaving it running')
    .action(withApi(retry));
}

async function retry(api: Api, options: RetryOptions, said: string): Promise<void> {
  const { client, output, signal } = api;
  const id = await dispatchIdOf(client, said, signal);
  const { idempotencyKey } = options;
  const created = await client.dispatches.retry(id, { idempotencyKey, signal });
  if (options.wait !== true) output.result(created, () => describeDispatch(created));
  else await followToEnd(api, created, { cancelOnInterrupt: options.cancelOnInterrupt === true });
}
