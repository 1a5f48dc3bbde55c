import type { Context, Hono } from 'hono';
import type { AppEnv } from './app-env.js';

/** Of the call on whose behalf others are made: where it comes from, and by which id it is found in the log. */
const PASSED_ON = ['user-agent', 'x-forwarded-for'] as const;

/**
 * A `fetch` whose requests to this server's own origin are answered by its routes, in this process and with all that
 * stands before a handler: authentication, scopes, limits, audit. What goes elsewhere, goes over the network.
 */
export function inProcessFetch(app: Hono<AppEnv>, context: Context<AppEnv>): typeof fetch {
  const { origin } = new URL(context.req.url);
  return async (input, init) => {
    const request = new Request(input, init);
    if (new URL(request.url).origin !== origin) return fetch(request);
    for (const name of PASSED_ON) {
      const value = context.req.header(name);
      if (value !== undefined) request.headers.set(name, value);
    }
    request.headers.set('x-request-id', context.get('requestId'));
    const response = await app.fetch(request, context.env);
    return response.body === null ? response : abortable(response, response.body, request.signal);
  };
}

/** Over a network an aborted request ends its answer, whoever is reading or writing it; so it does here. */
function abortable(response: Response, body: ReadableStream<Uint8Array>, signal: AbortSignal): Response {
  return new Response(body.pipeThrough(new TransformStream(), { signal }), response);
}
