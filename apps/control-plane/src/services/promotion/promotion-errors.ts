import { OutpostError, type ErrorDetail } from '@outpost/contracts';
import type { PrepareChangeResult, PushResult, Unreachable } from '@outpost/platform';
import type { PromotionOrder } from '../../domain/promotable.js';
import { isKnownSecret, type Finding } from './patch-scan.js';

const DETAILS_MAX = 50;

/** Why a change cannot be pushed, and what to do about it. */
export function unpreparedError(
  { record, base, branch }: PromotionOrder,
  result: Exclude<PrepareChangeResult, { outcome: 'ready' }>,
): OutpostError {
  const { dispatchId } = record;
  switch (result.outcome) {
    case 'conflict':
      return conflict(
        `${base} has moved, and dispatch ${dispatchId} conflicts with it in ${count(result.files.length, 'file')}. ` +
          'Dispatch the task again, or promote the other files with paths.',
        result.files.map((path) => ({ path, message: 'was changed on both sides' })),
      );
    case 'nothing':
      return conflict(
        `${base} has all that dispatch ${dispatchId} changed already: there is nothing to promote.`,
      );
    case 'unknown_paths': {
      const details = result.paths.map((path) => ({
        path: 'body.paths',
        message: `${path} is not among what the dispatch changed`,
      }));
      const message = details.map((detail) => `${detail.path}: ${detail.message}`).join('; ');
      return new OutpostError('VALIDATION_ERROR', message, { details: details.slice(0, DETAILS_MAX) });
    }
    case 'base_missing': {
      const hint =
        result.defaultBranch === undefined ? '' : `; its default branch is ${result.defaultBranch}`;
      return conflict(`The repository has no branch ${base} to put ${branch} on${hint}. Name another base.`);
    }
    case 'base_gone':
      return conflict(
        `The repository no longer has the commit that dispatch ${dispatchId} worked on. Dispatch the task again.`,
      );
    case 'bad_bundle':
      return conflict(`The artifact repo.bundle of dispatch ${dispatchId} is not taken: ${result.message}.`);
    case 'unreachable':
      return unreached(`The repository cannot be reached: ${result.message}.`, result);
  }
}

export function unpushedError(
  branch: string,
  result: Exclude<PushResult, { outcome: 'pushed' }>,
): OutpostError {
  switch (result.outcome) {
    case 'taken':
      return branchTaken(branch);
    case 'refused':
      return conflict(`The repository refuses the branch ${branch}: ${result.message}`);
    case 'unreachable':
      return unreached(`The branch ${branch} was not pushed: ${result.message}.`, result);
  }
}

export function branchTaken(branch: string): OutpostError {
  return conflict(
    `The repository has a branch ${branch} with commits that are not of this promotion: they are left alone. Name another branch.`,
  );
}

export function bundleGone(dispatchId: string): OutpostError {
  return conflict(
    `Dispatch ${dispatchId} has no artifact repo.bundle, or no longer: artifacts are deleted when they expire. Dispatch the task again.`,
  );
}

export function secretsFound(findings: readonly Finding[]): OutpostError {
  const details = findings.slice(0, DETAILS_MAX).map((finding) => ({
    path: placeOf(finding),
    message: isKnownSecret(finding)
      ? 'holds the value of a secret of the tenant or the fleet'
      : `looks like a secret: ${finding.rule}`,
  }));
  const hint = findings.some(isKnownSecret)
    ? 'Take it out, and change the secret if anybody else could read it.'
    : 'If it is none, name the file in allowSecretsIn.';
  const places = details.map(({ path }) => path).join(', ');
  return conflict(`The change holds what must not be pushed, in ${places}. ${hint}`, details);
}

/** `path:line`. */
export function placeOf({ path, line }: Finding): string {
  return line === undefined ? path : `${path}:${line}`;
}

function unreached(message: string, { isTemporary }: Unreachable): OutpostError {
  return isTemporary
    ? new OutpostError('SERVICE_UNAVAILABLE', `${message} Repeat the call later.`, { retryAfterSeconds: 30 })
    : conflict(message);
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

function conflict(message: string, details?: readonly ErrorDetail[]): OutpostError {
  return new OutpostError('CONFLICT', message, details && { details: details.slice(0, DETAILS_MAX) });
}
