import type { Hono } from 'hono';
import { OutpostClient, type ClientOptions } from '../index.js';

/** A client that reaches an app without a network: with the clock in the hands of the test. */
export function clientInProcess(app: Hono, options: Partial<ClientOptions> = {}): OutpostClient {
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    // An app that never answers does not know that it was given up.
    const aborted = new Promise<never>((_, reject) => {
      request.signal.addEventListener('abort', () => reject(request.signal.reason), { once: true });
    });
    return Promise.race([app.fetch(request), aborted]);
  };
  return new OutpostClient({ baseUrl: 'http://outpost', apiKey: 'otp_test', fetch, ...options });
}

/** How a call failed; fails where it succeeded. */
export async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => {
      throw new Error('It succeeded.');
    },
    (error: unknown) => error,
  );
}
