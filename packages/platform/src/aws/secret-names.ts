import { SecretNameSchema, type AgentName } from '@outpost/contracts';
import { checkedSegment } from '../files/segments.js';
import type { SecretReference } from '../ports/index.js';

const PREFIX = 'outpost';

/** Names of the fleet's secrets in Secrets Manager. */
export const GITHUB_SECRET = `${PREFIX}/github`;

/** The control plane's own: no worker may read it. */
export const MANIFEST_KEY_SECRET = `${PREFIX}/manifest-key`;

export function agentSecret(agent: AgentName | '*'): string {
  return `${PREFIX}/agents/${agent}`;
}

/** Pattern of the names of all tenants' secrets. */
export const ALL_TENANT_SECRETS = `${PREFIX}/tenants/*`;

/** What the names of all secrets of a tenant begin with. */
export function tenantSecretPrefix(tenantId: string): string {
  return `${PREFIX}/tenants/${checkedSegment('tenantId', tenantId)}/`;
}

/** Where a secret may be, the tenant's own first. */
export function secretNames(params: {
  readonly tenantId: string;
  readonly reference: SecretReference;
}): readonly string[] {
  const { tenantId, reference } = params;
  const prefix = tenantSecretPrefix(tenantId);
  const names = ownNames(reference).map((name) => prefix + name);
  // Secrets Manager knows no name with a colon: a tenant whose id has one can have no secret of its own.
  return [...(tenantId.includes(':') ? [] : names), ...fleetNames(reference)];
}

function ownNames(reference: SecretReference): readonly string[] {
  switch (reference.kind) {
    case 'agent':
      return [`agents/${reference.agent}`];
    case 'github':
      return ['github'];
    case 'git':
      // Not one that leads elsewhere; nor has Secrets Manager a name with the brackets of an IPv6 address.
      return /^[a-z0-9.-]+$/.test(reference.host) ? [`git/${reference.host}`] : [];
    case 'tenant':
      // No variable has a name that leads to an agent's key, or elsewhere.
      return SecretNameSchema.safeParse(reference.name).success ? [reference.name] : [];
  }
}

function fleetNames(reference: SecretReference): readonly string[] {
  switch (reference.kind) {
    case 'agent':
      return [agentSecret(reference.agent)];
    case 'github':
      return [GITHUB_SECRET];
    case 'git':
    case 'tenant':
      return [];
  }
}
