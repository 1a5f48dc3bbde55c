import { OutpostError } from '@outpost/contracts';
import type { MiddlewareHandler } from 'hono';
import type { AppEnv } from '../app-env.js';

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Refuses what a web page sends, unless it is one of this machine. A page whose name is made to lead here (DNS
 * rebinding) is of this server's origin to the browser, but not by what it says of itself.
 */
export const refuseForeignOrigin: MiddlewareHandler<AppEnv> = async (context, next) => {
  const origin = context.req.header('origin');
  if (origin !== undefined && !isLoopback(origin)) {
    throw new OutpostError(
      'AUTHORIZATION_ERROR',
      `The origin ${origin.slice(0, 200)} may not call this: it is for programs, and for pages of this machine.`,
    );
  }
  await next();
};

function isLoopback(origin: string): boolean {
  return URL.canParse(origin) && LOOPBACK.has(new URL(origin).hostname);
}
