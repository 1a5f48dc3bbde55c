export { createAgentExecutables, type AgentExecutableOptions } from './agent-executables.js';
export {
  AGENT_RUN_VARIABLE,
  agentProcessesOf,
  killProcesses,
  type AgentProcessesParams,
} from './agent-processes.js';
export { identify, isAlive, type ProcessIdentity } from './identity.js';
export { killAgentProcesses } from './kill-agent-processes.js';
export { readCliVersion } from './cli-version.js';
