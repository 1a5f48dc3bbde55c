import { AGENT_NAMES, type CreateDispatchInput } from '@outpost/contracts';
import { Option, type Command } from 'commander';
import { addTag, addTo, wholeNumber } from './values.js';

/** What may be said of a dispatch besides its task. */
export interface DispatchOptions {
  readonly agent: CreateDispatchInput['agent'];
  /** False with `--no-repo`; true is commander's word for neither. */
  readonly repo?: string | boolean;
  readonly branch?: string;
  readonly model?: string;
  readonly context?: CreateDispatchInput['contextLevel'];
  readonly timeout?: number;
  readonly tier?: CreateDispatchInput['tier'];
  readonly parent?: string;
  readonly workspace?: string;
  readonly keepWorkspace?: true;
  readonly verify?: string;
  readonly verifyAttempts?: number;
  /** With a branch, or without. */
  readonly promote?: string | true;
  readonly user?: string;
  readonly tag?: Readonly<Record<string, string>>;
  readonly secret?: readonly string[];
}

export function addDispatchOptions(command: Command): Command {
  return command
    .addOption(new Option('-a, --agent <name>', 'the agent').choices(AGENT_NAMES).makeOptionMandatory())
    .option('-r, --repo <url|path>', 'owner/name, a URL or a path (default: the git checkout you are in)')
    .option('--no-repo', 'without a repository')
    .option('-b, --branch <name>', 'the branch to start from (default: the one that is checked out)')
    .option('-m, --model <id>', "the model (default: the agent's own)")
    .addOption(
      new Option('--context <level>', 'how much guidance goes before the task').choices([
        'minimal',
        'standard',
        'full',
      ]),
    )
    .option('-t, --timeout <seconds>', 'how long the agent may take (default: 600)', wholeNumber)
    .addOption(
      new Option('--tier <name>', 'the size of the worker').choices(['flagship', 'balanced', 'fast']),
    )
    .option('--parent <id>', 'go on from what another dispatch has changed')
    .option('--workspace <id>', 'go on in a workspace that was kept')
    .option('--keep-workspace', 'keep the workspace for later dispatches')
    .option('--verify <command>', 'a shell command that has to succeed after the agent, e.g. "npm test"')
    .option('--verify-attempts <count>', 'how often a failure is handed back to the agent', wholeNumber)
    .option('--promote [branch]', 'push the change as a branch, with a pull request, once it has completed')
    .option('--user <id>', 'on whose behalf')
    .option('--tag <name=value>', 'a tag; may be repeated', addTag)
    .option('--secret <NAME>', "one of the tenant's secrets, by name; may be repeated", addTo);
}

/** Whether the repository is that of another dispatch or of a workspace. */
export function hasRepositoryAlready({ parent, workspace }: DispatchOptions): boolean {
  return parent !== undefined || workspace !== undefined;
}

export function dispatchInput(
  options: DispatchOptions,
  given: {
    readonly task: string;
    readonly repo: string | undefined;
    readonly branch: string | undefined;
    readonly parentDispatchId: string | undefined;
  },
): CreateDispatchInput {
  const { promote } = options;
  return {
    ...given,
    agent: options.agent,
    modelId: options.model,
    contextLevel: options.context,
    timeoutSeconds: options.timeout,
    tier: options.tier,
    workspaceId: options.workspace,
    workspaceMode: options.keepWorkspace === true ? 'persistent' : undefined,
    verify: options.verify,
    verifyAttempts: options.verifyAttempts,
    promote: promote === undefined ? undefined : promote === true ? {} : { branch: promote },
    userId: options.user,
    tags: options.tag,
    secrets: options.secret && [...options.secret],
  };
}
