import type { Command } from 'commander';
import { apiCommand, withApi } from '../api/api-command.js';
import { dispatchIdOf, ID_ARGUMENT } from '../api/dispatch-id.js';
import { patchOf } from '../checkout/patch.js';

/** `outpost diff`. */
export function diffCommand(): Command {
  return apiCommand('diff', 'what a dispatch has changed, as a patch for `git apply`')
    .argument(...ID_ARGUMENT)
    .action(
      withApi(async (api, _options, said) => {
        const { client, output, signal } = api;
        const id = await dispatchIdOf(client, said, signal);
        const { dispatch, patch } = await patchOf(api, id);
        if (!output.isJson) return output.raw(patch);
        const { dispatchId, changes } = dispatch;
        output.result({ dispatchId, changes, patch: patch.toString('utf8') }, () => '');
      }),
    );
}
