import type { Command } from 'commander';
import { apiCommand, withApi, type Api } from '../api/api-command.js';
import { dispatchIdOf, ID_ARGUMENT } from '../api/dispatch-id.js';
import { applyTo } from '../checkout/apply.js';
import { Checkout } from '../checkout/checkout.js';
import { patchOf } from '../checkout/patch.js';
import { CliError } from '../cli-error.js';
import { changesOf } from '../dispatch/describe.js';
import { EXIT } from '../exit-code.js';

/** `outpost apply`. */
export function applyCommand(): Command {
  return apiCommand('apply', 'put what a dispatch has changed into the checkout you are in, uncommitted')
    .argument(...ID_ARGUMENT)
    .option('--3way', 'merge where the checkout has moved on; conflicts are marked in the files')
    .action(withApi(apply));
}

async function apply(api: Api, options: { readonly '3way'?: true }, said: string): Promise<void> {
  const { client, config, output, signal } = api;
  const checkout = await Checkout.around(config.callerDir);
  if (checkout === undefined) {
    throw new CliError(`${config.callerDir} is in no git checkout: go to one of the repository.`, {
      exitCode: EXIT.conflict,
    });
  }
  const id = await dispatchIdOf(client, said, signal);
  const change = await patchOf(api, id);
  const isEmpty = change.patch.length === 0;
  if (!isEmpty) await applyTo(checkout, change, { threeWay: options['3way'] === true });
  const { dispatchId, changes } = change.dispatch;
  const result = { dispatchId, directory: checkout.directory, applied: !isEmpty, changes };
  output.result(result, () =>
    isEmpty
      ? `Dispatch ${dispatchId} changed nothing.`
      : `Applied to ${checkout.directory}: ${changesOf(change.dispatch) ?? 'the change so far'}. See: git diff`,
  );
}
