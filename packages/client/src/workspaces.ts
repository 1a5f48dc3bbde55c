import type { DeletedWorkspace, Workspace, WorkspacePage } from '@outpost/contracts';
import type { RequestOptions, Transport } from './transport.js';

export interface ListWorkspacesOptions extends RequestOptions {
  /** 1 to 100; 20 unless told otherwise. */
  readonly limit?: number;
  /** `nextCursor` of the page before. */
  readonly cursor?: string;
}

/** Persistent workspaces. `dispatches.create` makes one, and goes on in one by its `workspaceId`. */
export class Workspaces {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Newest use first. */
  async list({ limit, cursor, signal }: ListWorkspacesOptions = {}): Promise<WorkspacePage> {
    return this.#transport.json<WorkspacePage>({ path: '/workspaces', query: { limit, cursor }, signal });
  }

  /** Its size, its last dispatch, and who has it. */
  async get(workspaceId: string, { signal }: RequestOptions = {}): Promise<Workspace> {
    return this.#transport.json<Workspace>({ path: pathOf(workspaceId), signal });
  }

  /** With its data. Rejects with CONFLICT while a dispatch has it or waits for it. Idempotent for a day. */
  async delete(workspaceId: string, { signal }: RequestOptions = {}): Promise<DeletedWorkspace> {
    return this.#transport.json<DeletedWorkspace>({ method: 'DELETE', path: pathOf(workspaceId), signal });
  }
}

function pathOf(workspaceId: string): string {
  return `/workspaces/${encodeURIComponent(workspaceId)}`;
}
