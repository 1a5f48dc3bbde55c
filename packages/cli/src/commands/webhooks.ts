import { Command } from 'commander';
import { apiCommand, withApi, type Api } from '../api/api-command.js';
import { wholeNumber } from '../dispatch/values.js';
import { EXIT } from '../exit-code.js';
import { plain } from '../terminal/plain.js';
import { createCommand, ID, updateCommand } from '../webhooks/change.js';
import { deliveriesTable, describeAttempt, describeDelivery } from '../webhooks/deliveries.js';
import { describeNewWebhook, describeWebhook, webhooksTable } from '../webhooks/describe.js';

/** `outpost webhooks`. */
export function webhooksCommand(): Command {
  return new Command('webhooks')
    .description('where events of the tenant are sent to')
    .addCommand(
      apiCommand('list', 'all of them; never their secrets').action(
        withApi(async ({ client, output, signal }) => {
          const webhooks = await client.webhooks.list({ signal });
          output.result({ webhooks }, () => webhooksTable(webhooks));
        }),
      ),
    )
    .addCommand(
      apiCommand('show', 'what it is sent, and why it was disabled')
        .argument(...ID)
        .action(
          withApi(async ({ client, output, signal }, _options, id) => {
            const webhook = await client.webhooks.get(id, { signal });
            output.result(webhook, () => describeWebhook(webhook));
          }),
        ),
    )
    .addCommand(createCommand())
    .addCommand(updateCommand())
    .addCommand(
      apiCommand('delete', 'delete one with its deliveries')
        .argument(...ID)
        .action(
          withApi(async ({ client, output, signal }, _options, id) => {
            const webhook = await client.webhooks.delete(id, { signal });
            output.result(webhook, () => `Deleted ${webhook.webhookId} (${plain(webhook.url)}).`);
          }),
        ),
    )
    .addCommand(rotateCommand())
    .addCommand(
      apiCommand('test', 'send it a test event at once, and say what became of it')
        .argument(...ID)
        .action(withApi(test)),
    )
    .addCommand(deliveriesCommand())
    .addCommand(
      apiCommand('redeliver', 'send an event once more, with all its tries')
        .argument(...ID)
        .argument('<delivery>', 'the id of the delivery')
        .action(
          withApi(async ({ client, output, signal }, _options, id, deliveryId) => {
            const delivery = await client.webhooks.redeliver(id, deliveryId, { signal });
            output.result(delivery, () => describeDelivery(delivery));
          }),
        ),
    );
}

function rotateCommand(): Command {
  return apiCommand('rotate', 'make a new secret; for a while requests are signed with both')
    .argument(...ID)
    .option('--overlap <seconds>', 'how long the old one still signs as well (default: a day)', wholeNumber)
    .action(
      withApi(async ({ client, output, signal }, { overlap }: { readonly overlap?: number }, id) => {
        const input = overlap === undefined ? {} : { overlapSeconds: overlap };
        const webhook = await client.webhooks.rotate(id, input, { signal });
        output.result(webhook, () => describeNewWebhook(webhook));
      }),
    );
}

/** Ends with an exit code of its own when the receiver did not take it. */
async function test({ client, output, signal }: Api, _options: object, id: string): Promise<void> {
  const attempt = await client.webhooks.test(id, { signal });
  output.result(attempt, () => describeAttempt(attempt));
  if (attempt.error !== undefined) process.exitCode = EXIT.failed;
}

interface PageOptions {
  readonly limit?: number;
  readonly cursor?: string;
}

function deliveriesCommand(): Command {
  return apiCommand('deliveries', 'events on their way and past it, newest first')
    .argument(...ID)
    .option('-n, --limit <count>', 'how many (default: 20)', wholeNumber)
    .option('--cursor <cursor>', 'go on where a page ended')
    .action(
      withApi(async ({ client, config, output, signal }, { limit, cursor }: PageOptions, id) => {
        const page = await client.webhooks.deliveries(id, { limit, cursor, signal });
        output.result(page, () => deliveriesTable(page.deliveries));
        if (page.nextCursor !== undefined && !output.isJson) {
          output.note(`\nMore: ${config.invocation} webhooks deliveries ${id} --cursor ${page.nextCursor}`);
        }
      }),
    );
}
