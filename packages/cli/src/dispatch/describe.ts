import type { Dispatch, DispatchStatus } from '@outpost/contracts';
import { styleText } from 'node:util';
import { facts } from '../terminal/output.js';
import { plain, plainText } from '../terminal/plain.js';
import { duration, usd } from '../terminal/units.js';

/** A dispatch, for a person. */
export function describeDispatch(dispatch: Dispatch): string {
  const { failure, output, task } = dispatch;
  const parts = [
    facts([
      ['dispatch', dispatch.dispatchId],
      ['status', statusOf(dispatch)],
      ['agent', `${dispatch.agent} (${plain(dispatch.modelId)}, ${dispatch.tier})`],
      ['repo', dispatch.repo && plain(dispatch.repo)],
      ['branch', dispatch.branch && plain(dispatch.branch)],
      ['created', dispatch.createdAt],
      ['took', tookOf(dispatch)],
      ['changes', changesOf(dispatch)],
      ['base', dispatch.changes?.baseCommit],
      ['tokens', tokensOf(dispatch)],
      ['cost', costOf(dispatch)],
      ['workspace', dispatch.workspaceMode === 'persistent' ? dispatch.workspaceId : undefined],
      ['retry of', dispatch.retryOf],
      ['goes on from', dispatch.parentDispatchId],
      ['verified', verifiedOf(dispatch)],
      ['promoted', promotedOf(dispatch)],
      ['tags', tagsOf(dispatch)],
    ]),
    failure && `${failure.class}: ${plainText(failure.message)}\n${plainText(failure.hint)}`,
    `Task\n${indent(plainText(task))}`,
    output && `Answer\n${indent(plainText(output))}`,
  ];
  return parts.filter((part) => part !== undefined && part !== '').join('\n\n');
}

/** One line on how it ended. */
export function describeEnd(dispatch: Dispatch): string {
  const told = [tookOf(dispatch), changesOf(dispatch), costOf(dispatch)].filter(Boolean).join(', ');
  const { failure } = dispatch;
  const why = failure === undefined ? '' : `\n${plain(failure.message)}\n${plain(failure.hint)}`;
  return `${coloured(dispatch.status)} ${dispatch.dispatchId} (${told})${why}`;
}

export function coloured(status: DispatchStatus): string {
  if (status === 'COMPLETED') return styleText('green', status);
  if (status === 'FAILED' || status === 'TIMEOUT') return styleText('red', status);
  return status === 'RUNNING' ? styleText('cyan', status) : status;
}

function statusOf({ status, stage, queue, attempt, cancelRequestedAt, completedAt }: Dispatch): string {
  const details = [
    stage !== undefined && completedAt === undefined ? stage : undefined,
    queue && `position ${queue.position}`,
    attempt !== undefined && attempt > 1 ? `attempt ${attempt}` : undefined,
    cancelRequestedAt !== undefined && completedAt === undefined ? 'being cancelled' : undefined,
  ].filter((each) => each !== undefined);
  return details.length === 0 ? coloured(status) : `${coloured(status)} (${details.join(', ')})`;
}

/** From the start of its worker. */
export function tookOf({ startedAt, completedAt }: Dispatch): string | undefined {
  if (startedAt === undefined || completedAt === undefined) return undefined;
  return duration(Date.parse(completedAt) - Date.parse(startedAt));
}

export function changesOf({ changes }: Dispatch): string | undefined {
  if (changes === undefined) return undefined;
  const { filesChanged, insertions, deletions } = changes;
  return filesChanged === 0
    ? 'no changes'
    : `${filesChanged} file${filesChanged === 1 ? '' : 's'} +${insertions} -${deletions}`;
}

export function costOf({ cost }: Dispatch): string | undefined {
  return cost && usd(cost.total);
}

function tokensOf({ usage }: Dispatch): string | undefined {
  return usage && `${usage.inputTokens} in, ${usage.outputTokens} out`;
}

function verifiedOf({ verification }: Dispatch): string | undefined {
  if (verification === undefined) return undefined;
  const { command, passed, exitCode, attempts } = verification;
  const outcome = passed ? 'passed' : `failed (${exitCode ?? 'ended from outside'})`;
  return `${plain(command)} ${outcome}, run ${attempts} time${attempts === 1 ? '' : 's'}`;
}

function promotedOf({ promotions = [] }: Dispatch): string | undefined {
  if (promotions.length === 0) return undefined;
  return promotions
    .map(({ branch, status, prUrl, failure }) =>
      [branch, status, prUrl, failure?.message]
        .filter((part) => part !== undefined)
        .map(plain)
        .join(' '),
    )
    .join('; ');
}

function tagsOf({ tags }: Dispatch): string | undefined {
  const entries = Object.entries(tags);
  if (entries.length === 0) return undefined;
  return entries.map(([name, value]) => `${plain(name)}=${plain(value)}`).join(' ');
}

function indent(text: string): string {
  return text.trim().replaceAll(/^(?=.)/gm, '  ');
}
