import type { Dispatch } from '@outpost/contracts';
import { CliError } from '../cli-error.js';
import { EXIT } from '../exit-code.js';
import { plain, plainText } from '../terminal/plain.js';
import type { Checkout } from './checkout.js';
import type { PatchOfDispatch } from './patch.js';

const SHOWN_FILES = 10;

export interface ApplyOptions {
  /** Merges where the checkout has moved on; conflicts are marked in the files. */
  readonly threeWay: boolean;
}

/** Puts the change of a dispatch into a checkout, uncommitted. Refuses, and then has touched nothing. */
export async function applyTo(
  checkout: Checkout,
  { dispatch, patch }: PatchOfDispatch,
  { threeWay }: ApplyOptions,
): Promise<void> {
  await refuseDirty(checkout);
  await refuseForeign(checkout, dispatch);
  const mode = threeWay ? ['--3way'] : [];
  // `--3way` leaves conflicts behind, which is what it is asked for.
  if (!threeWay) await mustApply(checkout, dispatch, patch);
  const applied = await checkout.run(['apply', ...mode, '--whitespace=nowarn', '-'], patch);
  if (!applied.ok)
    throw conflict(`The patch was merged, with conflicts to resolve:\n${indent(applied.said)}`);
}

async function refuseDirty(checkout: Checkout): Promise<void> {
  const changed = await checkout.changedFiles();
  if (changed.length === 0) return;
  const shown = changed.slice(0, SHOWN_FILES).map((line) => plain(line.slice(3)));
  const rest = changed.length > shown.length ? [`… and ${changed.length - shown.length} more`] : [];
  throw conflict(
    `${checkout.directory} has changes that are not committed:\n${indent([...shown, ...rest].join('\n'))}\n` +
      'Commit or stash them first, so that the change of the agent can be told from yours.',
  );
}

async function refuseForeign(checkout: Checkout, { changes, repo, dispatchId }: Dispatch): Promise<void> {
  const base = changes?.baseCommit;
  if (base === undefined) return;
  if ((await checkout.ask('cat-file', '-e', `${base}^{commit}`)) !== undefined) return;
  throw conflict(
    `Dispatch ${dispatchId} was made on commit ${base} of ${plain(repo ?? 'its workspace')}, which is not in ${checkout.directory}.\n` +
      'Go to a checkout of that repository, or fetch the commit first.',
  );
}

async function mustApply(checkout: Checkout, { changes }: Dispatch, patch: Buffer): Promise<void> {
  const checked = await checkout.run(['apply', '--check', '-'], patch);
  if (checked.ok) return;
  const head = await checkout.ask('rev-parse', 'HEAD');
  const base = changes?.baseCommit;
  const moved = base === undefined || head === base ? '' : `\nThe patch is for ${base}; HEAD is ${head}.`;
  throw conflict(
    `The patch does not apply to ${checkout.directory}; nothing was changed.${moved}\n${indent(plainText(checked.said))}\n` +
      'Check out that commit, or merge with --3way.',
  );
}

function conflict(message: string): CliError {
  return new CliError(message, { exitCode: EXIT.conflict });
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '  ');
}
