import type { AuditEntry, AuditPage, AuditQuery } from '@outpost/contracts';
import { paged, type PagePromise } from './pages.js';
import type { RequestOptions, Transport } from './transport.js';

export type ListAuditQuery = { readonly [Name in keyof AuditQuery]?: AuditQuery[Name] | undefined };

/** What was done in the tenant, and what was denied; needs the scope `admin`. */
export class Audit {
  readonly #transport: Transport;

  /** @internal */
  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Newest first: await it for one page, or iterate over all of them. */
  list(query: ListAuditQuery = {}, options: RequestOptions = {}): PagePromise<AuditPage, AuditEntry> {
    return paged({
      fetch: async (cursor = query.cursor) =>
        this.#transport.json<AuditPage>({ ...options, path: '/audit', query: { ...query, cursor } }),
      items: ({ entries }) => entries,
      next: ({ nextCursor }) => nextCursor,
    });
  }
}
