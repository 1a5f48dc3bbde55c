import { getConnInfo } from '@hono/node-server/conninfo';
import type { Context, MiddlewareHandler } from 'hono';
import type { AppEnv } from '../app-env.js';

const USER_AGENT_MAX_CHARACTERS = 200;

/** Finds out where a call comes from, behind so many proxies that each add an address to X-Forwarded-For. */
export function findCaller(trustedProxies: number): MiddlewareHandler<AppEnv> {
  return async (context, next) => {
    const userAgent = context.req.header('user-agent')?.slice(0, USER_AGENT_MAX_CHARACTERS);
    context.set('caller', { sourceIp: sourceIpOf(context, trustedProxies), userAgent });
    await next();
  };
}

/** What is further left was written by the caller itself, who may write anything. */
function sourceIpOf(context: Context<AppEnv>, trustedProxies: number): string | undefined {
  const forwarded = (context.req.header('x-forwarded-for') ?? '').split(',').map((each) => each.trim());
  const told = trustedProxies === 0 ? undefined : forwarded.at(-trustedProxies);
  return told === undefined || told === '' ? remoteAddress(context) : told;
}

function remoteAddress(context: Context<AppEnv>): string | undefined {
  return context.env.incoming === undefined ? undefined : getConnInfo(context).remote.address;
}
