import type { HttpBindings } from '@hono/node-server';
import type { Logger } from 'pino';
import type { Principal } from '../services/index.js';

/** Where a call comes from. Undefined: it does not say so, or there is no connection. */
interface Caller {
  readonly sourceIp: string | undefined;
  readonly userAgent: string | undefined;
}

/** What middleware leaves for what comes after it. */
export interface AppEnv {
  /** Of the server's own; absent where a request did not come through it. */
  Bindings: Partial<HttpBindings>;
  Variables: {
    requestId: string;
    logger: Logger;
    caller: Caller;
    principal: Principal | undefined;
    /** Whose key it is that was refused. */
    refusedPrincipal: Principal | undefined;
  };
}
