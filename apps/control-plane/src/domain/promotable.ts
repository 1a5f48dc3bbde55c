import {
  isTerminal,
  OutpostError,
  parseRepository,
  promotionBranch,
  type Changes,
  type DispatchRecord,
  type Promote,
} from '@outpost/contracts';
import type { EndedRecord } from './promotion-text.js';

/** What is promoted, and where to. */
export interface PromotionOrder {
  readonly record: EndedRecord;
  readonly changes: Changes;
  readonly repo: string;
  /** What git is given. */
  readonly url: string;
  readonly branch: string;
  readonly base: string;
  readonly createPr: boolean;
  readonly isDraft: boolean;
  readonly request: Promote;
}

/** `allowLocal`: whether paths of this machine and plain http are repositories. Throws CONFLICT or VALIDATION_ERROR. */
export function promotionOrder(
  record: DispatchRecord,
  request: Promote,
  allowLocal: boolean,
): PromotionOrder {
  const { dispatchId } = record;
  if (!hasEnded(record))
    throw conflict(`Dispatch ${dispatchId} is ${record.status}: only one that has ended can be promoted.`);
  if (record.status !== 'COMPLETED' && request.evenIfIncomplete !== true)
    throw conflict(
      `Dispatch ${dispatchId} is ${record.status}: its work may not be finished. Send evenIfIncomplete: true to promote what there is.`,
    );
  const { repo, changes } = record;
  const parsed = repo === undefined ? undefined : parseRepository(repo);
  if (repo === undefined || parsed === undefined)
    throw conflict(`Dispatch ${dispatchId} has no repository, so there is nowhere to push to.`);
  if ((parsed.kind === 'local' || parsed.kind === 'http') && !allowLocal)
    throw conflict(`${repo} is a repository in local mode only.`);
  if (changes === undefined || changes.filesChanged === 0)
    throw conflict(`Dispatch ${dispatchId} changed nothing: there is nothing to promote.`);
  const base = request.base ?? record.branch;
  if (base === undefined) throw wrong('base', 'is needed: the dispatch named no branch');
  const branch = request.branch ?? promotionBranch(dispatchId);
  if (branch === base)
    throw wrong('branch', `is the base itself, and Outpost pushes only to branches of its own`);
  const { createPr = true, draft: isDraft = false } = request;
  return { record, changes, repo, url: parsed.url, branch, base, createPr, isDraft, request };
}

/** Whether both ask for the same: then a repeat is answered and not done again. */
export function isSameRequest(a: Promote, b: Promote): boolean {
  return comparable(a) === comparable(b);
}

function comparable(request: Promote): string {
  const { base, title, body, paths, createPr = true, draft = false } = request;
  return JSON.stringify([base ?? null, title ?? null, body ?? null, paths ?? null, createPr, draft]);
}

/** Whether to leave a promotion alone that failed a moment ago by no fault of its own. */
export function retriesLater(params: {
  readonly now: number;
  /** ISO 8601. */
  readonly updatedAt: string;
  readonly hasFailed: boolean;
  readonly pauseMs: number;
}): boolean {
  return params.hasFailed && params.now - Date.parse(params.updatedAt) < params.pauseMs;
}

function hasEnded(record: DispatchRecord): record is EndedRecord {
  return isTerminal(record.status);
}

function conflict(message: string): OutpostError {
  return new OutpostError('CONFLICT', message);
}

function wrong(field: 'base' | 'branch', message: string): OutpostError {
  const details = [{ path: `body.${field}`, message }];
  return new OutpostError('VALIDATION_ERROR', `body.${field} ${message}`, { details });
}
