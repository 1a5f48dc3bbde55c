import type { Command } from 'commander';
import { apiCommand, withApi } from '../api/api-command.js';
import { dispatchIdOf, ID_ARGUMENT } from '../api/dispatch-id.js';
import { describeDispatch } from '../dispatch/describe.js';

/** `outpost show`. */
export function showCommand(): Command {
  return apiCommand('show', 'a dispatch and, once it has ended, its result')
    .argument(...ID_ARGUMENT)
    .action(
      withApi(async ({ client, output, signal }, _options, said) => {
        const id = await dispatchIdOf(client, said, signal);
        const dispatch = await client.dispatches.get(id, { signal });
        output.result(dispatch, () => describeDispatch(dispatch));
      }),
    );
}
