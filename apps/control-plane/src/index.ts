/** For programs that run the services without their HTTP server, such as simulations. */
export { createServices, REAP_POLICY, type ServiceOptions } from './compose.js';
export { POOL_POLICY } from './compose/pool.js';
export type { ReapPolicy } from './domain/reap.js';
export type { PoolPolicy } from './services/pool-supervisor.js';
export { readConfig, type Config } from './config.js';
export type { Principal, Services } from './services/index.js';
