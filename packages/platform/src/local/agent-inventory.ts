import { AGENTS, type AgentName } from '@outpost/contracts';
import type { AgentAvailability, AgentInventory } from '../ports/agent-inventory.js';
import type { SecretStore } from '../ports/secret-store.js';
import { createAgentExecutables, type AgentExecutableOptions } from '../process/index.js';

/** Agents are available here when their CLI is installed and, unless it was replaced, has a provider key. */
export function createLocalAgentInventory(options: {
  readonly executables: AgentExecutableOptions;
  readonly secrets: SecretStore;
}): AgentInventory {
  const { executables, secrets } = options;
  const installed = createAgentExecutables(executables);
  return {
    async availability({ agent, tenantId }): Promise<AgentAvailability> {
      if (installed.locate(agent) === undefined)
        return { available: false, reason: notFound(agent, executables) };
      if (executables.commands[agent] !== undefined) return { available: true };
      const key = await secrets.get({ tenantId, reference: { kind: 'agent', agent } });
      return key === undefined ? { available: false, reason: noKey(agent) } : { available: true };
    },
  };
}

function notFound(agent: AgentName, { commands }: AgentExecutableOptions): string {
  const command = commands[agent];
  if (command !== undefined)
    return `OUTPOST_AGENT_COMMAND_${agent.toUpperCase()} names no executable file: ${command}`;
  return `The ${agent} CLI is not installed. Run: npm run outpost -- agents install ${agent}`;
}

function noKey(agent: AgentName): string {
  return `There is no key for ${agent}. Start Outpost with ${AGENTS[agent].apiKeyVariable} set, or put it into secrets.json.`;
}
