import type { ECSClient } from '@aws-sdk/client-ecs';
import { AGENTS, type AgentName } from '@outpost/contracts';
import type { AgentInventory, Clock, SecretStore } from '../ports/index.js';
import { findTaskDefinition } from './ecs-task-definitions.js';
import { secretNames } from './secret-names.js';
import { missingDefinitionError } from './task-launch-error.js';
import { taskFamily } from './task-names.js';

/** A deployment is known this much later; asking ECS for every dispatch would cost more. */
const CACHE_MS = 60_000;

interface CachedAnswer {
  readonly exists: Promise<boolean>;
  readonly expiresAtMs: number;
}

/** Agents are available here when the stack has a task definition for them, and they have a provider key. */
export function createAwsAgentInventory(options: {
  readonly ecs: ECSClient;
  readonly secrets: SecretStore;
  readonly clock: Clock;
}): AgentInventory {
  const { ecs, secrets, clock } = options;
  const cached = new Map<AgentName, CachedAnswer>();

  const isDeployed = async (agent: AgentName): Promise<boolean> => {
    const known = cached.get(agent);
    if (known !== undefined && clock.now() < known.expiresAtMs) return known.exists;
    const exists = findTaskDefinition(ecs, familyOf(agent)).then((found) => found !== undefined);
    cached.set(agent, { exists, expiresAtMs: clock.now() + CACHE_MS });
    // An answer that did not come is asked for again.
    exists.catch(() => cached.delete(agent));
    return exists;
  };

  return {
    async availability({ agent, tenantId }) {
      if (!(await isDeployed(agent)))
        return { available: false, reason: missingDefinitionError(familyOf(agent)).message };
      const hasKey = await secrets.has({ tenantId, reference: { kind: 'agent', agent } });
      return hasKey ? { available: true } : { available: false, reason: noKey(agent, tenantId) };
    },
  };
}

/** A dispatch may name another tier: the stack makes all of an agent's, or none. */
function familyOf(agent: AgentName): string {
  return taskFamily({ agent, tier: AGENTS[agent].tier });
}

function noKey(agent: AgentName, tenantId: string): string {
  const names = secretNames({ tenantId, reference: { kind: 'agent', agent } }).join(' or ');
  return `There is no key for ${agent}. Put ${AGENTS[agent].apiKeyVariable} into the secret ${names} of Secrets Manager.`;
}
