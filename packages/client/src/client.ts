import type { Fleet, Health, Usage } from '@outpost/contracts';
import { ApiKeys } from './api-keys.js';
import { Artifacts } from './artifacts.js';
import { ContextDocuments } from './context-documents.js';
import { Dispatches } from './dispatches.js';
import { Tenants } from './tenants.js';
import { Transport, type ClientOptions, type RequestOptions } from './transport.js';

/**
 * A client of the Outpost API.
 *
 * @example
 * const outpost = new OutpostClient({ baseUrl: 'http://127.0.0.1:3000', apiKey });
 * const { dispatchId } = await outpost.dispatches.create({ agent: 'codex', task: 'Add a test for the cart.', repo });
 * const dispatch = await outpost.dispatches.wait(dispatchId);
 */
export class OutpostClient {
  readonly dispatches: Dispatches;
  readonly artifacts: Artifacts;
  readonly apiKeys: ApiKeys;
  readonly contextDocuments: ContextDocuments;
  readonly tenants: Tenants;
  readonly #transport: Transport;

  constructor(options: ClientOptions) {
    this.#transport = new Transport(options);
    this.dispatches = new Dispatches(this.#transport);
    this.artifacts = new Artifacts(this.#transport);
    this.apiKeys = new ApiKeys(this.#transport);
    this.contextDocuments = new ContextDocuments(this.#transport);
    this.tenants = new Tenants(this.#transport);
  }

  /** What the dispatches of the tenant came to in a month (YYYY-MM, UTC): the current one unless another is named. */
  async usage({ month, signal }: RequestOptions & { readonly month?: string } = {}): Promise<Usage> {
    return this.#transport.json<Usage>({ path: '/usage', query: { month }, signal });
  }

  /** Every agent: available or why not, its load and its limits. */
  async fleet(options: RequestOptions = {}): Promise<Fleet> {
    return this.#transport.json<Fleet>({ path: '/fleet', signal: options.signal });
  }

  /** Whether the control plane serves, and its version. Needs no key. */
  async health(options: RequestOptions = {}): Promise<Health> {
    return this.#transport.json<Health>({ path: '/health', signal: options.signal });
  }
}
