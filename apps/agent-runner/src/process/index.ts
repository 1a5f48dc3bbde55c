export { agentEnvironment, type AgentEnvironmentParams } from './environment.js';
export type { OnLine, OutputStream } from './output.js';
export { superviseAgent, type AgentExit, type SuperviseParams } from './supervisor.js';
