import type { Fleet, Health, Usage } from '@outpost/contracts';
import { ApiKeys } from './api-keys.js';
import { Artifacts } from './artifacts.js';
import { Audit } from './audit.js';
import { ContextDocuments } from './context-documents.js';
import { Dispatches } from './dispatches.js';
import { Tenants, type UsageOptions } from './tenants.js';
import { Webhooks } from './webhooks.js';
import { Workspaces } from './workspaces.js';
import { Transport, type ClientOptions, type RequestOptions } from './transport.js';

/**
 * A client of the Outpost API.
 *
 * @example
 * const outpost = new OutpostClient({ baseUrl: 'http://127.0.0.1:3000', apiKey });
 * const dispatch = await outpost.dispatches.create({ agent: 'codex', task: 'Add a test for the cart.', repo }).result();
 * console.log(dispatch.status, await outpost.artifacts.patch(dispatch.dispatchId));
 */
export class OutpostClient {
  readonly dispatches: Dispatches;
  readonly artifacts: Artifacts;
  readonly apiKeys: ApiKeys;
  readonly audit: Audit;
  readonly contextDocuments: ContextDocuments;
  readonly tenants: Tenants;
  readonly webhooks: Webhooks;
  readonly workspaces: Workspaces;
  readonly #transport: Transport;

  constructor(options: ClientOptions) {
    this.#transport = new Transport(options);
    this.dispatches = new Dispatches(this.#transport);
    this.artifacts = new Artifacts(this.#transport);
    this.apiKeys = new ApiKeys(this.#transport);
    this.audit = new Audit(this.#transport);
    this.contextDocuments = new ContextDocuments(this.#transport);
    this.tenants = new Tenants(this.#transport);
    this.webhooks = new Webhooks(this.#transport);
    this.workspaces = new Workspaces(this.#transport);
  }

  /** What the dispatches of the tenant came to in a month. */
  async usage({ month, ...options }: UsageOptions = {}): Promise<Usage> {
    return this.#transport.json<Usage>({ ...options, path: '/usage', query: { month } });
  }

  /** Every agent: available or why not, its load and its limits. */
  async fleet(options: RequestOptions = {}): Promise<Fleet> {
    return this.#transport.json<Fleet>({ ...options, path: '/fleet' });
  }

  /** Whether the control plane serves, and its version. Needs no key. */
  async health(options: RequestOptions = {}): Promise<Health> {
    return this.#transport.json<Health>({ ...options, path: '/health' });
  }
}
