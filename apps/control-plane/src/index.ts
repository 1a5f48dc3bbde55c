/** For programs that run the services without their HTTP server, such as simulations. */
export { createServices, REAP_POLICY, type ServiceOptions } from './compose.js';
export { readConfig, type Config } from './config.js';
export type { Principal, Services } from './services/index.js';
