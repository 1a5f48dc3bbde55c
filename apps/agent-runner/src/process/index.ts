export { agentEnvironment } from './environment.js';
export { readOomKills } from './oom-kills.js';
export { superviseAgent, type AgentExit } from './supervisor.js';
