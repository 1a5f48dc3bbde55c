import type { Logger } from 'pino';
import type { Principal } from '../services/index.js';

/** What middleware leaves for what comes after it. */
export interface AppEnv {
  Variables: {
    requestId: string;
    logger: Logger;
    principal: Principal | undefined;
  };
}
