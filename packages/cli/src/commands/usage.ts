import type { Command } from 'commander';
import { apiCommand, withApi } from '../api/api-command.js';
import { facts } from '../terminal/output.js';
import { usd } from '../terminal/units.js';

/** `outpost usage`. */
export function usageCommand(): Command {
  return apiCommand('usage', 'what the dispatches of a month came to')
    .option('--month <month>', 'YYYY-MM, in UTC (default: the current one)')
    .action(
      withApi(async ({ client, output, signal }, { month }: { readonly month?: string }) => {
        const usage = await client.usage({ signal, ...(month !== undefined && { month }) });
        output.result(usage, () =>
          facts([
            ['month', usage.month],
            ['dispatches', String(usage.dispatches)],
            ['cost', usd(usage.costUsd)],
            ['budget', usage.budgetUsd === undefined ? 'none' : usd(usage.budgetUsd)],
          ]),
        );
      }),
    );
}
