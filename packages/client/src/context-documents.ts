import type { ContextDocument, ContextDocumentName } from '@outpost/contracts';
import { path } from './path.js';
import type { RequestOptions, Transport } from './transport.js';

/** What the tenant has to say to all its agents. Writing needs the scope `admin`. */
export class ContextDocuments {
  readonly #transport: Transport;

  /** @internal */
  constructor(transport: Transport) {
    this.#transport = transport;
  }

  async list(options: RequestOptions = {}): Promise<readonly ContextDocument[]> {
    const { documents } = await this.#transport.json<{ documents: ContextDocument[] }>({
      ...options,
      path: '/context-documents',
    });
    return documents;
  }

  async get(name: ContextDocumentName, options: RequestOptions = {}): Promise<ContextDocument> {
    return this.#transport.json<ContextDocument>({ ...options, path: path`/context-documents/${name}` });
  }

  /** Writes or replaces it, for the dispatches that start from now on. */
  async put(
    name: ContextDocumentName,
    content: string,
    options: RequestOptions = {},
  ): Promise<ContextDocument> {
    return this.#transport.json<ContextDocument>({
      ...options,
      method: 'PUT',
      path: path`/context-documents/${name}`,
      json: { content },
    });
  }

  /** Resolves with what it was. */
  async delete(name: ContextDocumentName, options: RequestOptions = {}): Promise<ContextDocument> {
    return this.#transport.json<ContextDocument>({
      ...options,
      method: 'DELETE',
      path: path`/context-documents/${name}`,
    });
  }
}
