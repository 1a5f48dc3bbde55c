import type { ContextDocument, ContextDocumentName } from '@outpost/contracts';
import type { RequestOptions, Transport } from './transport.js';

/** What the tenant has to say to all its agents. Writing needs the scope `admin`. */
export class ContextDocuments {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  async list({ signal }: RequestOptions = {}): Promise<readonly ContextDocument[]> {
    const path = '/context-documents';
    const { documents } = await this.#transport.json<{ documents: ContextDocument[] }>({ path, signal });
    return documents;
  }

  async get(name: ContextDocumentName, { signal }: RequestOptions = {}): Promise<ContextDocument> {
    return this.#transport.json<ContextDocument>({ path: pathOf(name), signal });
  }

  /** Writes or replaces it, for the dispatches that start from now on. */
  async put(
    name: ContextDocumentName,
    content: string,
    { signal }: RequestOptions = {},
  ): Promise<ContextDocument> {
    const json = { content };
    return this.#transport.json<ContextDocument>({ method: 'PUT', path: pathOf(name), json, signal });
  }

  /** Resolves with what it was. */
  async delete(name: ContextDocumentName, { signal }: RequestOptions = {}): Promise<ContextDocument> {
    return this.#transport.json<ContextDocument>({ method: 'DELETE', path: pathOf(name), signal });
  }
}

function pathOf(name: ContextDocumentName): string {
  return `/context-documents/${encodeURIComponent(name)}`;
}
