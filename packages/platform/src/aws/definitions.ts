/** What the stack has in common with the drivers. It makes what they look for, and grants what they do. */
export { controlPolicy, type ControlPolicyParams } from './control-policy.js';
export { EVENT_SOURCE } from './event-bus.js';
export { agentSecret, GITHUB_SECRET } from './secret-names.js';
export { TABLES, type IndexDefinition, type TableDefinition, type TableName } from './tables.js';
export { FAMILY_PREFIX, STREAM_PREFIX, taskFamily, WORKER_CONTAINER, WORKSPACE_ROOT } from './task-names.js';
export {
  pooledWorkerPolicy,
  workerPolicy,
  type FleetPolicyParams,
  type PolicyDocument,
  type PolicyStatement,
  type WorkerPolicyParams,
} from './worker-policy.js';
