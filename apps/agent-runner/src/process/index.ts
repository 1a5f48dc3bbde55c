export { agentEnvironment } from './environment.js';
export { superviseAgent, type AgentExit } from './supervisor.js';
