import { AGENT_NAMES, type CreateDispatchInput } from '@outpost/contracts';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { apiCommand, withApi, type Api } from '../api/api-command.js';
import { chooseRepository } from '../checkout/default-repository.js';
import { describeDispatch } from '../dispatch/describe.js';
import { followToEnd } from '../dispatch/follow.js';
import { readTask } from '../dispatch/task.js';

interface DispatchOptions {
  readonly agent: CreateDispatchInput['agent'];
  readonly file?: string;
  /** False with `--no-repo`; true is commander's word for neither. */
  readonly repo?: string | boolean;
  readonly branch?: string;
  readonly model?: string;
  readonly context?: CreateDispatchInput['contextLevel'];
  readonly timeout?: number;
  readonly tier?: CreateDispatchInput['tier'];
  readonly workspace?: string;
  readonly keepWorkspace?: true;
  readonly user?: string;
  readonly tag?: Readonly<Record<string, string>>;
  readonly secret?: readonly string[];
  readonly idempotencyKey?: string;
  readonly wait?: true;
  readonly cancelOnInterrupt?: true;
}

/** `outpost dispatch`. */
export function dispatchCommand(): Command {
  return apiCommand('dispatch', 'give a task to an agent')
    .argument('[task]', 'what the agent should do; else --file, stdin, or your editor')
    .addOption(new Option('-a, --agent <name>', 'the agent').choices(AGENT_NAMES).makeOptionMandatory())
    .option('-f, --file <path>', 'read the task from a file; - is stdin')
    .option('-r, --repo <url|path>', 'owner/name, a URL or a path (default: the git checkout you are in)')
    .option('--no-repo', 'without a repository')
    .option('-b, --branch <name>', 'the branch to start from (default: the one that is checked out)')
    .option('-m, --model <id>', "the model (default: the agent's own)")
    .addOption(
      new Option('--context <level>', "how much of the repository's guidance goes before the task").choices([
        'minimal',
        'standard',
        'full',
      ]),
    )
    .option('-t, --timeout <seconds>', 'how long the agent may take (default: 600)', wholeNumber)
    .addOption(
      new Option('--tier <name>', 'the size of the worker').choices(['flagship', 'balanced', 'fast']),
    )
    .option('--workspace <id>', 'go on in a workspace that was kept')
    .option('--keep-workspace', 'keep the workspace for later dispatches')
    .option('--user <id>', 'on whose behalf')
    .option('--tag <name=value>', 'a tag; may be repeated', addTag)
    .option('--secret <NAME>', "one of the tenant's secrets, by name; may be repeated", addTo)
    .option('--idempotency-key <key>', 'a repeat with the same key is the same dispatch')
    .option('-w, --wait', 'follow the log to the end; the exit code says how it ended')
    .option('--cancel-on-interrupt', 'with --wait: Ctrl-C cancels the dispatch instead of leaving it running')
    .action(withApi(dispatch));
}

async function dispatch(api: Api, options: DispatchOptions, argument?: string): Promise<void> {
  const { client, config, connection, output, signal } = api;
  const task = await readTask({ argument, file: options.file, config });
  const { repo, branch, notes } = await repositoryOf(options, { url: connection.url, config });
  for (const note of notes) output.note(note);
  const input = inputOf(options, task, repo, branch);
  const created = await client.dispatches.create(input, { idempotencyKey: options.idempotencyKey, signal });
  if (options.wait === true) {
    await followToEnd(api, created, { cancelOnInterrupt: options.cancelOnInterrupt === true });
    return;
  }
  output.result(created, () => describeDispatch(created));
  output.note(`\nFollow it: ${config.invocation} logs -f ${created.dispatchId}`);
}

/** One that goes on in a workspace has its repository there. */
async function repositoryOf(options: DispatchOptions, at: Pick<Api, 'config'> & { readonly url: string }) {
  const said = typeof options.repo === 'string' ? options.repo : undefined;
  const isNone = options.repo === false || (options.workspace !== undefined && said === undefined);
  return chooseRepository({ ...at, repo: isNone ? false : said, branch: options.branch });
}

function inputOf(
  options: DispatchOptions,
  task: string,
  repo: string | undefined,
  branch: string | undefined,
): CreateDispatchInput {
  const { workspace, keepWorkspace } = options;
  return {
    agent: options.agent,
    task,
    repo,
    branch,
    modelId: options.model,
    contextLevel: options.context,
    timeoutSeconds: options.timeout,
    tier: options.tier,
    workspaceId: workspace,
    workspaceMode: keepWorkspace === true ? 'persistent' : undefined,
    userId: options.user,
    tags: options.tag,
    secrets: options.secret && [...options.secret],
  };
}

function wholeNumber(value: string): number {
  if (/^\d+$/.test(value)) return Number(value);
  throw new InvalidArgumentError('Must be a whole number.');
}

function addTag(value: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const at = value.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Must be name=value.');
  return { ...before, [value.slice(0, at)]: value.slice(at + 1) };
}

function addTo(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}
