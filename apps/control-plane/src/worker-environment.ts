import { AGENTS, type AgentName } from '@outpost/contracts';
import { networkVariables } from '@outpost/platform/git';
import { delimiter } from 'node:path';
import type { Config } from './config.js';

/** What a worker on this machine is told through its environment. No secret is among it: those come on its stdin. */
export function workerEnvironment(config: Config): Record<string, string> {
  return {
    PATH: config.path,
    OUTPOST_MODE: config.mode,
    OUTPOST_AGENTS_DIR: config.agentsDir,
    OUTPOST_LOG_LEVEL: config.logLevel,
    OUTPOST_REPOSITORY_HOSTS: config.repositories.hosts.join(','),
    OUTPOST_PRIVATE_REPOSITORY_HOSTS: config.repositories.privateHosts.join(','),
    OUTPOST_MAX_REPOSITORY_MB: String(config.repositoryLimits.maxBytes / 1024 ** 2),
    OUTPOST_MAX_REPOSITORY_FILES: String(config.repositoryLimits.maxFiles),
    OUTPOST_SANDBOX: config.sandbox.wanted,
    OUTPOST_SANDBOX_READABLE: config.sandbox.readable.join(delimiter),
    OUTPOST_EGRESS_HOSTS: config.sandbox.egressHosts.join(','),
    ...(config.sandbox.engine.host !== undefined && { CONTAINER_HOST: config.sandbox.engine.host }),
    ...prefixed(config.sandbox.images, (agent) => `OUTPOST_AGENT_IMAGE_${agent.toUpperCase()}`),
    ...(config.sandbox.agentUser !== undefined && { OUTPOST_AGENT_UID: String(config.sandbox.agentUser) }),
    // A worker behind a proxy needs it as much as the control plane does.
    ...networkVariables(config.environment),
    ...prefixed(config.agentCommands, (agent) => `OUTPOST_AGENT_COMMAND_${agent.toUpperCase()}`),
    ...prefixed(config.agentBaseUrls, (agent) => AGENTS[agent].baseUrlVariable),
  };
}

function prefixed(
  values: Readonly<Partial<Record<AgentName, string>>>,
  nameOf: (agent: AgentName) => string,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([agent, value]) => [nameOf(agent as AgentName), value]),
  );
}
