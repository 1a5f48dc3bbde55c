import type { DeletedWorkspace, Workspace, WorkspacePage } from '@outpost/contracts';
import { paged, type PagePromise } from './pages.js';
import { path } from './path.js';
import type { RequestOptions, Transport } from './transport.js';

export interface ListWorkspacesOptions extends RequestOptions {
  /** 1 to 100; 20 unless told otherwise. */
  readonly limit?: number | undefined;
  /** `nextCursor` of the page before. */
  readonly cursor?: string | undefined;
}

/** Persistent workspaces. `dispatches.create` makes one, and goes on in one by its `workspaceId`. */
export class Workspaces {
  readonly #transport: Transport;

  /** @internal */
  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Newest use first: await it for one page, or iterate over all of them. */
  list(options: ListWorkspacesOptions = {}): PagePromise<WorkspacePage, Workspace> {
    const { limit, cursor: start, ...rest } = options;
    return paged({
      fetch: async (cursor = start) =>
        this.#transport.json<WorkspacePage>({ ...rest, path: '/workspaces', query: { limit, cursor } }),
      items: ({ workspaces }) => workspaces,
      next: ({ nextCursor }) => nextCursor,
    });
  }

  /** Its size, its last dispatch, and who has it. */
  async get(workspaceId: string, options: RequestOptions = {}): Promise<Workspace> {
    return this.#transport.json<Workspace>({ ...options, path: path`/workspaces/${workspaceId}` });
  }

  /** With its data. Rejects with a ConflictError while a dispatch has it or waits for it. Idempotent for a day. */
  async delete(workspaceId: string, options: RequestOptions = {}): Promise<DeletedWorkspace> {
    return this.#transport.json<DeletedWorkspace>({
      ...options,
      method: 'DELETE',
      path: path`/workspaces/${workspaceId}`,
    });
  }
}
