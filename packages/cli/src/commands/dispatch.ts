import type { Command } from 'commander';
import { apiCommand, withApi, type Api } from '../api/api-command.js';
import { dispatchIdOf } from '../api/dispatch-id.js';
import { chooseRepository } from '../checkout/default-repository.js';
import { describeDispatch } from '../dispatch/describe.js';
import { followToEnd } from '../dispatch/follow.js';
import {
  addDispatchOptions,
  dispatchInput,
  hasRepositoryAlready,
  type DispatchOptions,
} from '../dispatch/input.js';
import { readTask } from '../dispatch/task.js';

interface Options extends DispatchOptions {
  readonly file?: string;
  readonly idempotencyKey?: string;
  readonly wait?: true;
  readonly cancelOnInterrupt?: true;
}

/** `outpost dispatch`. */
export function dispatchCommand(): Command {
  const command = apiCommand('dispatch', 'give a task to an agent')
    .argument('[task]', 'what the agent should do; else --file, stdin, or your editor')
    .option('-f, --file <path>', 'read the task from a file; - is stdin');
  return addDispatchOptions(command)
    .option('--idempotency-key <key>', 'a repeat with the same key is the same dispatch')
    .option('-w, --wait', 'follow the log to the end; the exit code says how it ended')
    .option('--cancel-on-interrupt', 'with --wait: Ctrl-C cancels the dispatch instead of leaving it running')
    .action(withApi(dispatch));
}

async function dispatch(api: Api, options: Options, argument?: string): Promise<void> {
  const { client, config, output, signal } = api;
  const { parent, idempotencyKey } = options;
  const task = await readTask({ argument, file: options.file, config });
  const { repo, branch, notes } = await repositoryOf(options, api);
  for (const note of notes) output.note(note);
  const parentDispatchId = parent && (await dispatchIdOf(client, parent, signal));
  const input = dispatchInput(options, { task, repo, branch, parentDispatchId });
  const created = await client.dispatches.create(input, { idempotencyKey, signal });
  if (options.wait === true) {
    await followToEnd(api, created, { cancelOnInterrupt: options.cancelOnInterrupt === true });
    return;
  }
  output.result(created, () => describeDispatch(created));
  output.note(`\nFollow it: ${config.invocation} logs -f ${created.dispatchId}`);
}

async function repositoryOf(options: Options, { config, connection }: Api) {
  const { repo, branch } = options;
  const said = typeof repo === 'string' ? repo : undefined;
  const isNone = repo === false || (said === undefined && hasRepositoryAlready(options));
  return chooseRepository({ repo: isNone ? false : said, branch, url: connection.url, config });
}
