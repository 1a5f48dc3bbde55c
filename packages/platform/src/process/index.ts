export {
  AGENT_RUN_VARIABLE,
  agentProcessesOf,
  killAgentProcesses,
  killProcesses,
} from './agent-processes.js';
export { identify, isAlive, type ProcessIdentity } from './identity.js';
