import { EVENT_TYPES, type EventType, type UpdateWebhook, type Webhook } from '@outpost/contracts';
import { Option, type Command } from 'commander';
import { apiCommand, withApi } from '../api/api-command.js';
import { CliError } from '../cli-error.js';
import { EXIT } from '../exit-code.js';
import { describeNewWebhook, describeWebhook } from './describe.js';

export const ID = ['<id>', 'the id of the webhook'] as const;

function eventOption(): Option {
  return new Option('-e, --event <type...>', 'send only these events').choices(EVENT_TYPES);
}

interface CreateOptions {
  readonly event?: readonly EventType[];
  readonly description?: string;
}

/** `outpost webhooks create`. */
export function createCommand(): Command {
  return apiCommand('create', 'have events sent to a URL; its secret is shown this once')
    .argument('<url>', 'an https URL')
    .addOption(eventOption())
    .option('--description <text>', 'what it is for')
    .action(
      withApi(async ({ client, output, signal }, { event, description }: CreateOptions, url) => {
        const input = {
          url,
          ...(event !== undefined && { events: [...event] }),
          ...(description !== undefined && { description }),
        };
        const webhook = await client.webhooks.create(input, { signal });
        output.result(webhook, () => describeNewWebhook(webhook));
      }),
    );
}

interface UpdateOptions extends CreateOptions {
  readonly url?: string;
  readonly allEvents?: true;
  readonly status?: Webhook['status'];
}

/** `outpost webhooks update`. */
export function updateCommand(): Command {
  return apiCommand('update', 'change one; a disabled one goes on with --status active')
    .argument(...ID)
    .option('--url <url>', 'where it leads')
    .addOption(eventOption())
    .addOption(new Option('--all-events', 'send all events').conflicts('event'))
    .option('--description <text>', 'what it is for; empty for nothing')
    .addOption(new Option('--status <status>', 'whether it is sent anything').choices(['active', 'disabled']))
    .action(
      withApi(async ({ client, output, signal }, options: UpdateOptions, id) => {
        const webhook = await client.webhooks.update(id, changesOf(options), { signal });
        output.result(webhook, () => describeWebhook(webhook));
      }),
    );
}

function changesOf({ url, event, allEvents, description, status }: UpdateOptions): UpdateWebhook {
  const changes = {
    ...(url !== undefined && { url }),
    ...(event !== undefined && { events: [...event] }),
    ...(allEvents === true && { events: null }),
    ...(description !== undefined && { description: description === '' ? null : description }),
    ...(status !== undefined && { status }),
  };
  if (Object.keys(changes).length > 0) return changes;
  const message = 'Say what to change: --url, --event, --all-events, --description or --status.';
  throw new CliError(message, { exitCode: EXIT.usage });
}
