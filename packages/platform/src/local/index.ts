export { deliveredSecrets } from './delivered-secrets.js';
export {
  createLocalControlPlatform,
  createLocalWorkerPlatform,
  type LocalControlPlatformOptions,
  type LocalWorkerPlatformOptions,
} from './platform.js';
export { createLocalSecretStore, type Environment } from './secret-store.js';
export type { LocalWorkerOptions } from './worker-process.js';
