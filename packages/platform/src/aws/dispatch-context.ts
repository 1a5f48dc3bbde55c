import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Clock, DispatchKey } from '../ports/index.js';
import type { Backoff } from './contention.js';

/** What the parts of the dispatch store share. */
export interface DispatchContext {
  readonly dynamodb: DynamoDBDocumentClient;
  readonly clock: Clock;
  readonly backoff: Backoff;
  /** At most 36 characters, never the same twice. */
  readonly newId: () => string;
  readonly lastWritten: LastWritten;
}

export type Item = Readonly<Record<string, unknown>>;

/** The item of the last annotation. A worker, which has one dispatch, need not read it again to end it. */
export class LastWritten {
  #last: { readonly key: DispatchKey; readonly item: Item } | undefined;

  put({ tenantId, dispatchId }: DispatchKey, item: Item): void {
    this.#last = { key: { tenantId, dispatchId }, item };
  }

  /** Once: it may be another by the next time. */
  take({ tenantId, dispatchId }: DispatchKey): Item | undefined {
    const last = this.#last;
    if (last?.key.tenantId !== tenantId || last.key.dispatchId !== dispatchId) return undefined;
    this.#last = undefined;
    return last.item;
  }
}
