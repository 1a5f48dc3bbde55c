import type { PromoteInput } from '@outpost/client';
import type { Promoted } from '@outpost/contracts';
import type { Command } from 'commander';
import { apiCommand, withApi, type Api } from '../api/api-command.js';
import { dispatchIdOf, ID_ARGUMENT } from '../api/dispatch-id.js';
import { addTo } from '../dispatch/values.js';
import { facts } from '../terminal/output.js';
import { plain } from '../terminal/plain.js';

interface PromoteOptions extends Pick<PromoteInput, 'branch' | 'base' | 'title' | 'body'> {
  readonly path?: readonly string[];
  /** False with `--no-pr`. */
  readonly pr: boolean;
  readonly draft?: true;
  readonly evenIfIncomplete?: true;
  readonly allowSecretsIn?: readonly string[];
}

/** `outpost promote`. */
export function promoteCommand(): Command {
  return apiCommand('promote', 'push what a dispatch has changed as a branch, with a pull request')
    .argument(...ID_ARGUMENT)
    .option('-b, --branch <name>', 'where it is pushed to (default: outpost/<id>)')
    .option('--base <branch>', 'what it is applied onto (default: the branch of the dispatch)')
    .option('--title <text>', 'of the commit and the pull request (default: the first line of the task)')
    .option('--body <text>', 'put before what Outpost says in the pull request')
    .option('--path <path>', 'only this file or directory of the change; may be repeated', addTo)
    .option('--no-pr', 'without a pull request')
    .option('--draft', 'the pull request is a draft')
    .option('--even-if-incomplete', 'also of a dispatch that did not complete')
    .option('--allow-secrets-in <path>', 'let through what only looks like a secret in this file', addTo)
    .action(withApi(promote));
}

async function promote(api: Api, options: PromoteOptions, said: string): Promise<void> {
  const { client, output, signal } = api;
  const { branch, base, title, body, path, draft, evenIfIncomplete, allowSecretsIn } = options;
  const input: PromoteInput = {
    branch,
    base,
    title,
    body,
    paths: path && [...path],
    createPr: options.pr ? undefined : false,
    draft,
    evenIfIncomplete,
    allowSecretsIn: allowSecretsIn && [...allowSecretsIn],
  };
  const id = await dispatchIdOf(client, said, signal);
  const promoted = await client.dispatches.promote(id, input, { signal });
  output.result(promoted, () => describePromotion(promoted));
}

function describePromotion(promoted: Promoted): string {
  const { filesChanged, isDraft, prUrl } = promoted;
  const shown = (text: string | undefined): string | undefined => text && plain(text);
  return facts([
    ['branch', plain(promoted.branch)],
    ['commit', plain(promoted.commit)],
    ['onto', `${plain(promoted.base)}${promoted.isRebased === true ? ', which has moved on' : ''}`],
    ['files', filesChanged === undefined ? undefined : String(filesChanged)],
    ['url', plain(promoted.url)],
    ['pull request', prUrl && `${plain(prUrl)}${isDraft === true ? ' (draft)' : ''}`],
    ['note', shown(promoted.note)],
  ]);
}
