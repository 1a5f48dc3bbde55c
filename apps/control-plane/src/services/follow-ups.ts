import { isTerminal, OutpostError, type CreateDispatch, type DispatchRecord } from '@outpost/contracts';
import type { ArtifactStore, DispatchStore } from '@outpost/platform';

interface FollowUpsOptions {
  readonly dispatches: Pick<DispatchStore, 'get'>;
  readonly artifacts: Pick<ArtifactStore, 'list'>;
}

/** Dispatches that go on from what another one left. */
export class FollowUps {
  readonly #options: FollowUpsOptions;

  constructor(options: FollowUpsOptions) {
    this.#options = options;
  }

  /**
   * The request with the repository and the branch of its parent; as it is without one. Rejects with NOT_FOUND for a
   * parent that the tenant does not have, with CONFLICT for one that has not ended or has left no patch, and with
   * VALIDATION_ERROR when it names another repository or branch.
   */
  async continued(params: {
    readonly tenantId: string;
    readonly request: CreateDispatch;
  }): Promise<CreateDispatch> {
    const { tenantId, request } = params;
    const { parentDispatchId: dispatchId } = request;
    if (dispatchId === undefined) return request;
    const parent = await this.#options.dispatches.get({ tenantId, dispatchId });
    if (parent === undefined)
      throw new OutpostError('NOT_FOUND', `There is no dispatch ${dispatchId} to go on from.`);
    if (!isTerminal(parent.status)) throw notEnded(parent);
    refuseOther('repo', request.repo, parent);
    refuseOther('branch', request.branch, parent);
    const artifacts = await this.#options.artifacts.list({ tenantId, dispatchId });
    if (!artifacts.some(({ name }) => name === 'changes.patch')) throw nothingLeft(parent);
    const { repo, branch } = parent;
    return { ...request, ...(repo !== undefined && { repo }), ...(branch !== undefined && { branch }) };
  }
}

function refuseOther(field: 'repo' | 'branch', asked: string | undefined, parent: DispatchRecord): void {
  if (asked === undefined || asked === parent[field]) return;
  const message = `the parent has ${parent[field] ?? `no ${field}`}; leave ${field} out to go on from it`;
  throw new OutpostError('VALIDATION_ERROR', `body.${field}: ${message}`, {
    details: [{ path: `body.${field}`, message }],
  });
}

function notEnded({ dispatchId, status }: DispatchRecord): OutpostError {
  return new OutpostError(
    'CONFLICT',
    `Dispatch ${dispatchId} is ${status}: only one that has ended can be gone on from. Wait for its end, or cancel it first.`,
  );
}

function nothingLeft({ dispatchId, status }: DispatchRecord): OutpostError {
  return new OutpostError(
    'CONFLICT',
    `Dispatch ${dispatchId} (${status}) has no changes.patch to go on from: it ended before there was one, or it was deleted. Dispatch the task without parentDispatchId.`,
  );
}
