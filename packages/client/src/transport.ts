import { apiErrorOf, OutpostApiError, OutpostConnectionError } from './errors.js';

/** Where the API is, and who asks. */
export interface ClientOptions {
  /** E.g. `http://127.0.0.1:3000`; may have a path. */
  readonly baseUrl: string;
  readonly apiKey: string;
  /** In place of the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** How long to wait for the head of an answer. Default 60,000. */
  readonly timeoutMs?: number | undefined;
}

/** Options of every call. */
export interface RequestOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface ApiRequest extends RequestOptions {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>> | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
}

/** Sends requests with the key, and turns what goes wrong into errors with a clear message. */
export class Transport {
  readonly #baseUrl: string;
  readonly #apiKey: string;
  readonly #fetch: typeof globalThis.fetch;
  readonly #timeoutMs: number;

  constructor(options: ClientOptions) {
    if (!URL.canParse(options.baseUrl)) throw new TypeError(`baseUrl is not a URL: ${options.baseUrl}`);
    this.#baseUrl = options.baseUrl.replace(/\/+$/, '');
    this.#apiKey = options.apiKey;
    this.#fetch = options.fetch ?? globalThis.fetch;
    this.#timeoutMs = options.timeoutMs ?? 60_000;
  }

  /** Sends a request and reads its JSON answer. The type is what the route table promises. */
  async json<T>(request: ApiRequest): Promise<T> {
    const response = await this.send(request);
    const text = await this.#translating(request.signal, () => response.text());
    try {
      return JSON.parse(text) as T;
    } catch {
      throw new OutpostApiError({
        status: response.status,
        code: 'UNEXPECTED_ANSWER',
        message: `${this.#baseUrl} answered something that is not JSON: is it an Outpost control plane?`,
      });
    }
  }

  /** Sends a request; resolves with a successful answer once its head is there. */
  async send(request: ApiRequest): Promise<Response> {
    return this.#fetchOk(this.#urlOf(request), request.signal, {
      method: request.method ?? 'GET',
      headers: {
        Accept: 'application/json',
        ...(request.json !== undefined && { 'Content-Type': 'application/json' }),
        ...request.headers,
        'X-API-Key': this.#apiKey,
      },
      ...(request.json !== undefined && { body: JSON.stringify(request.json) }),
      // fetch takes only Authorization off a redirected request: X-API-Key would travel on to the other host.
      redirect: 'manual',
    });
  }

  /** Fetches a signed URL (a relative one counts from the API's address), without the key. */
  async download(url: string, options: RequestOptions = {}): Promise<Response> {
    return this.#fetchOk(new URL(url, `${this.#baseUrl}/`), options.signal, {});
  }

  async #fetchOk(url: URL, signal: AbortSignal | undefined, init: RequestInit): Promise<Response> {
    const headTimeout = new AbortController();
    const timer = setTimeout(() => {
      const seconds = this.#timeoutMs / 1000;
      headTimeout.abort(new OutpostConnectionError(`${url.origin} did not answer within ${seconds} s.`));
    }, this.#timeoutMs);
    const signals = signal === undefined ? [headTimeout.signal] : [signal, headTimeout.signal];
    try {
      const response = await this.#translating(signal, () =>
        this.#fetch(url, { ...init, signal: AbortSignal.any(signals) }),
      );
      if (!response.ok) throw await apiErrorOf(response);
      return response;
    } finally {
      clearTimeout(timer);
    }
  }

  async #translating<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      signal?.throwIfAborted();
      throw this.connectionError(error);
    }
  }

  /** What a failed fetch or a broken body means, for a person. */
  connectionError(error: unknown): OutpostConnectionError {
    if (error instanceof OutpostConnectionError) return error;
    const reason = reasonOf(error);
    const hint = reason === 'ECONNREFUSED' ? ' Is the control plane running?' : '';
    return new OutpostConnectionError(`Cannot reach Outpost at ${this.#baseUrl} (${reason}).${hint}`, {
      cause: error,
    });
  }

  #urlOf(request: ApiRequest): URL {
    const url = new URL(`${this.#baseUrl}${request.path}`);
    for (const [name, value] of Object.entries(request.query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    return url;
  }
}

// fetch says only `fetch failed`; the reason is in its cause.
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  if (typeof cause === 'object' && cause !== null && 'code' in cause && typeof cause.code === 'string')
    return cause.code;
  return cause instanceof Error && cause.message !== '' ? cause.message : String(cause);
}
