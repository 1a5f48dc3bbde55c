import { OutpostError, type ContextDocument, type ContextDocumentName } from '@outpost/contracts';
import { timestamp, type Clock, type ContextDocumentStore } from '@outpost/platform';

interface Key {
  readonly tenantId: string;
  readonly name: ContextDocumentName;
}

/** What tenants have to say to their agents: read by each worker before its agent starts. */
export class ContextDocuments {
  readonly #store: ContextDocumentStore;
  readonly #clock: Clock;

  constructor(ports: { store: ContextDocumentStore; clock: Clock }) {
    this.#store = ports.store;
    this.#clock = ports.clock;
  }

  async list(tenantId: string): Promise<ContextDocument[]> {
    return [...(await this.#store.list({ tenantId }))];
  }

  /** Rejects with NOT_FOUND. */
  async get({ tenantId, name }: Key): Promise<ContextDocument> {
    const found = (await this.#store.list({ tenantId })).find((document) => document.name === name);
    if (found === undefined) throw noSuchDocument(name);
    return found;
  }

  async put({ tenantId, name, content }: Key & { content: string }): Promise<ContextDocument> {
    const document = { name, content, updatedAt: timestamp(this.#clock) };
    await this.#store.put({ tenantId, ...document });
    return document;
  }

  /** Resolves with what it was. Rejects with NOT_FOUND. */
  async remove(key: Key): Promise<ContextDocument> {
    const removed = await this.#store.remove(key);
    if (removed === undefined) throw noSuchDocument(key.name);
    return removed;
  }
}

function noSuchDocument(name: ContextDocumentName): OutpostError {
  return new OutpostError(
    'NOT_FOUND',
    `The tenant has no context document ${name}. PUT /context-documents/${name} writes one.`,
  );
}
