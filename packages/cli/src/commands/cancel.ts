import type { Command } from 'commander';
import { apiCommand, withApi } from '../api/api-command.js';
import { dispatchIdOf, ID_ARGUMENT } from '../api/dispatch-id.js';
import { describeEnd } from '../dispatch/describe.js';

/** `outpost cancel`. */
export function cancelCommand(): Command {
  return apiCommand('cancel', 'cancel a dispatch; what it has done so far is kept')
    .argument(...ID_ARGUMENT)
    .option('-w, --wait', 'until it has ended')
    .action(
      withApi(async ({ client, output, signal }, { wait }: { readonly wait?: true }, said) => {
        const id = await dispatchIdOf(client, said, signal);
        const cancelled = await client.dispatches.cancel(id, { signal });
        const dispatch = wait === true ? await client.dispatches.wait(id, { signal }) : cancelled;
        const isEnding = dispatch.completedAt === undefined;
        output.result(dispatch, () =>
          isEnding ? `${id} is being stopped; CANCELLED follows.` : describeEnd(dispatch),
        );
      }),
    );
}
