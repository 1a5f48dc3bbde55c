import type { ContextDocument, ContextDocumentName } from '@outpost/contracts';

interface ContextDocumentKey {
  readonly tenantId: string;
  readonly name: ContextDocumentName;
}

/** What tenants have written for the context of their agents. */
export interface ContextDocumentStore {
  /** Writes or replaces. Of two at once the later stays, whole. */
  put(params: { readonly tenantId: string } & ContextDocument): Promise<void>;
  /** By their names. */
  list(params: { readonly tenantId: string }): Promise<readonly ContextDocument[]>;
  /** What it was; undefined when there was none. */
  remove(key: ContextDocumentKey): Promise<ContextDocument | undefined>;
}
