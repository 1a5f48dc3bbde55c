import { errorOf } from './error-answer.js';
import { apiError, OutpostConnectionError, OutpostError, OutpostTimeoutError } from './errors.js';
import {
  checkClientOptions,
  checkRequestOptions,
  type ClientOptions,
  type RequestOptions,
} from './options.js';
import { isRefusedForNow, mayPass, Patience, type PatienceParams } from './retry.js';

export type { ClientOptions, RequestOptions } from './options.js';

export interface ApiRequest extends RequestOptions {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>> | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  /** Whether a repeat does no harm. Default: all but a POST do none. */
  readonly isRepeatable?: boolean | undefined;
}

interface Call {
  readonly url: URL;
  readonly init: RequestInit;
  readonly options: RequestOptions;
  readonly isRepeatable: boolean;
}

const DEFAULTS = { timeoutMs: 60_000, totalTimeoutMs: 300_000, maxRetries: 2 } as const;

/** Sends requests with the key, again where that may help, and turns what goes wrong into errors with a clear message. */
export class Transport {
  readonly #baseUrl: string;
  readonly #apiKey: string;
  readonly #fetch: typeof globalThis.fetch;
  readonly #random: () => number;
  readonly #limits: { readonly [Name in keyof typeof DEFAULTS]: number };

  constructor(options: ClientOptions) {
    checkClientOptions(options);
    const { fetch = (input, init) => globalThis.fetch(input, init) } = options;
    this.#baseUrl = options.baseUrl.replace(/\/+$/, '');
    this.#apiKey = options.apiKey;
    this.#fetch = fetch;
    this.#random = options.random ?? Math.random;
    this.#limits = withDefaults(options, DEFAULTS);
  }

  /** Sends a request and reads its JSON answer. The type is what the route table promises. */
  async json<T>(request: ApiRequest): Promise<T> {
    return this.#call(this.#callOf(request), async (response) => {
      const text = await response.text();
      try {
        return JSON.parse(text) as T;
      } catch {
        throw this.unexpected(response, 'something that is not JSON');
      }
    });
  }

  /** Sends a request; resolves with a successful answer once its head is there. The limits end with it. */
  async send(request: ApiRequest): Promise<Response> {
    return this.#call(this.#callOf(request), async (response) => response);
  }

  /** Fetches a signed URL (a relative one counts from the API's address), without the key. */
  async download(url: string, options: RequestOptions = {}): Promise<Response> {
    return this.#call(this.#downloadOf(url, options), async (response) => response);
  }

  async downloadText(url: string, options: RequestOptions = {}): Promise<string> {
    return this.#call(this.#downloadOf(url, options), async (response) => response.text());
  }

  /** Waits between repeats as this client does. */
  patience(params: Omit<PatienceParams, 'random'>): Patience {
    return new Patience({ ...params, random: this.#random });
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

  unexpected({ status, headers }: Response, what: string): OutpostError {
    const message = `${this.#baseUrl} answered ${what}: is it an Outpost control plane?`;
    const requestId = headers.get('x-request-id') ?? undefined;
    return apiError({ status, code: 'UNEXPECTED_ANSWER', message, requestId });
  }

  async #call<T>(call: Call, read: (response: Response) => Promise<T>): Promise<T> {
    checkRequestOptions(call.options);
    const { signal } = call.options;
    const { timeoutMs, totalTimeoutMs, maxRetries } = withDefaults(call.options, this.#limits);
    const deadline = Date.now() + totalTimeoutMs;
    const patience = this.patience({
      signal,
      deadline,
      maxFailures: maxRetries,
      isRepeatable: call.isRepeatable ? mayPass : isRefusedForNow,
    });
    for (;;) {
      try {
        return await this.#attempt(call, Math.min(timeoutMs, deadline - Date.now()), read);
      } catch (error) {
        await patience.after(error);
      }
    }
  }

  async #attempt<T>(
    { url, init, options: { signal } }: Call,
    timeoutMs: number,
    read: (response: Response) => Promise<T>,
  ): Promise<T> {
    const timeout = new AbortController();
    const timer = setTimeout(() => {
      const message = `${url.origin} did not answer within ${timeoutMs / 1_000} s.`;
      timeout.abort(new OutpostTimeoutError(message));
    }, timeoutMs);
    const signals = signal === undefined ? [timeout.signal] : [signal, timeout.signal];
    try {
      signal?.throwIfAborted();
      const response = await this.#fetch(url, { ...init, signal: AbortSignal.any(signals) });
      if (!response.ok) throw await errorOf(response, Date.now());
      return await read(response);
    } catch (error) {
      signal?.throwIfAborted();
      timeout.signal.throwIfAborted();
      throw error instanceof OutpostError ? error : this.connectionError(error);
    } finally {
      clearTimeout(timer);
    }
  }

  #callOf(request: ApiRequest): Call {
    const { method = 'GET', json, headers } = request;
    return {
      url: this.#urlOf(request),
      options: request,
      isRepeatable: request.isRepeatable ?? method !== 'POST',
      init: {
        method,
        headers: {
          Accept: 'application/json',
          ...(json !== undefined && { 'Content-Type': 'application/json' }),
          ...headers,
          'X-API-Key': this.#apiKey,
        },
        ...(json !== undefined && { body: JSON.stringify(json) }),
        // fetch takes only Authorization off a redirected request: X-API-Key would travel on to the other host.
        redirect: 'manual',
      },
    };
  }

  #downloadOf(url: string, options: RequestOptions): Call {
    return { url: new URL(url, `${this.#baseUrl}/`), init: {}, options, isRepeatable: true };
  }

  #urlOf(request: ApiRequest): URL {
    const url = new URL(`${this.#baseUrl}${request.path}`);
    for (const [name, value] of Object.entries(request.query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    return url;
  }
}

function withDefaults(
  given: RequestOptions,
  defaults: { readonly [Name in keyof typeof DEFAULTS]: number },
): { readonly [Name in keyof typeof DEFAULTS]: number } {
  return {
    timeoutMs: given.timeoutMs ?? defaults.timeoutMs,
    totalTimeoutMs: given.totalTimeoutMs ?? defaults.totalTimeoutMs,
    maxRetries: given.maxRetries ?? defaults.maxRetries,
  };
}

// fetch says only `fetch failed`; the reason is in its cause.
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  if (typeof cause === 'object' && cause !== null && 'code' in cause && typeof cause.code === 'string')
    return cause.code;
  return cause instanceof Error && cause.message !== '' ? cause.message : String(cause);
}
