import { shown } from './path.js';
import { MAX_TIMER_MS } from './retry.js';

/** Where the API is, who asks, and how patiently. */
export interface ClientOptions extends Limits {
  /** E.g. `http://127.0.0.1:3000`; may have a path. */
  readonly baseUrl: string;
  readonly apiKey: string;
  /** In place of the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** In place of `Math.random`: spreads the retries of many clients. From 0 up to 1. */
  readonly random?: (() => number) | undefined;
}

/** How long a call may take. */
export interface Limits {
  /** Milliseconds of one attempt. Default 60,000. */
  readonly timeoutMs?: number | undefined;
  /** Milliseconds of a call with its retries and the waits between them. Default 300,000. */
  readonly totalTimeoutMs?: number | undefined;
  /** Attempts after the first, where a repeat does no harm. Default 2. */
  readonly maxRetries?: number | undefined;
}

/** Options of every call. */
export interface RequestOptions extends Limits {
  /** Ends the call; it rejects with the reason of the signal. */
  readonly signal?: AbortSignal | undefined;
}

/** Throws a TypeError that says which option is wrong, and what would be right. */
export function checkClientOptions(options: ClientOptions): void {
  if (typeof options !== 'object' || options === null)
    throw new TypeError(`OutpostClient takes { baseUrl, apiKey }, not ${shown(options)}.`);
  checkBaseUrl(options.baseUrl);
  checkApiKey(options.apiKey);
  checkLimits(options);
  for (const name of ['fetch', 'random'] as const)
    if (options[name] !== undefined && typeof options[name] !== 'function')
      throw new TypeError(`${name} must be a function, not ${shown(options[name])}.`);
}

export function checkRequestOptions(options: RequestOptions): void {
  checkLimits(options);
  const { signal } = options;
  if (signal !== undefined && typeof signal.throwIfAborted !== 'function')
    throw new TypeError(`signal must be an AbortSignal, not ${shown(signal)}.`);
}

function checkBaseUrl(baseUrl: unknown): void {
  if (typeof baseUrl !== 'string') throw new TypeError(`baseUrl must be a string, not ${shown(baseUrl)}.`);
  const example = 'it should be as http://127.0.0.1:3000.';
  if (!URL.canParse(baseUrl)) throw new TypeError(`baseUrl is not a URL: ${baseUrl}; ${example}`);
  const { protocol, search, hash, username, password } = new URL(baseUrl);
  if (protocol !== 'http:' && protocol !== 'https:')
    throw new TypeError(`baseUrl must begin with http:// or https://, not ${protocol}; ${example}`);
  if (search !== '' || hash !== '') throw new TypeError(`baseUrl can have no query and no #; ${example}`);
  if (username !== '' || password !== '')
    throw new TypeError(`baseUrl can hold no user and no password: the API takes apiKey; ${example}`);
}

// What is wrong with a key is said without it: messages end in logs.
function checkApiKey(apiKey: unknown): void {
  if (typeof apiKey !== 'string' || apiKey === '')
    throw new TypeError(`apiKey must be a string that is not empty, not ${shown(apiKey)}.`);
  if (!/^[\x21-\x7e]+$/.test(apiKey))
    throw new TypeError(
      'apiKey holds a space, a line break or what is not ASCII: trim what you read it from.',
    );
}

function checkLimits({ timeoutMs, totalTimeoutMs, maxRetries }: Limits): void {
  for (const [name, value] of Object.entries({ timeoutMs, totalTimeoutMs }))
    if (value !== undefined && !(typeof value === 'number' && value > 0 && value <= MAX_TIMER_MS))
      throw new TypeError(`${name} must be milliseconds, 1 to ${MAX_TIMER_MS}, not ${shown(value)}.`);
  if (maxRetries !== undefined && !(Number.isSafeInteger(maxRetries) && maxRetries >= 0))
    throw new TypeError(`maxRetries must be a whole number from 0, not ${shown(maxRetries)}.`);
}
