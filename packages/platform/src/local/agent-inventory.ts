import { AGENTS, type AgentName } from '@outpost/contracts';
import type { AgentAvailability, AgentInventory } from '../ports/agent-inventory.js';
import type { SecretStore } from '../ports/secret-store.js';
import type { Sandboxes } from '../sandbox/index.js';
import { messageOf } from './errors.js';
import { createAgentExecutables, type AgentExecutableOptions } from '../process/index.js';

/**
 * Agents are available here when there is a sandbox for them and their CLI, of this machine or of the sandbox, and a
 * provider key; one that was replaced needs no key.
 */
export function createLocalAgentInventory(options: {
  readonly executables: AgentExecutableOptions;
  readonly secrets: SecretStore;
  readonly sandboxes: Pick<Sandboxes, 'for'>;
}): AgentInventory {
  const { executables, secrets, sandboxes } = options;
  const installed = createAgentExecutables(executables);
  return {
    async availability({ agent, tenantId }): Promise<AgentAvailability> {
      const sandbox = await sandboxes.for(agent).catch(messageOf);
      if (typeof sandbox === 'string') return { available: false, reason: sandbox };
      const isReplaced = installed.isReplaced(agent);
      if ((isReplaced || !sandbox.bringsCli) && installed.locate(agent) === undefined)
        return { available: false, reason: notFound(agent, executables) };
      if (isReplaced) return { available: true };
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
