import { randomKey } from '@outpost/test-support';

export interface Tenant {
  readonly tenantId: string;
  readonly apiKey: string;
  /** The access key of its workers' role. */
  readonly role: string;
  /** By the names that Secrets Manager has them under. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly agentKey: string;
  readonly deployKey: string;
}

/** What the fleet has for tenants that have none of their own. */
export const FLEET = {
  'outpost/agents/claude': 'sk-ant-api03-fleet0key0123456789/a+b="c\\d',
  'outpost/github': 'ghp_fleetTokenOfGitHub0123456789abcd',
};

/** With a key, a token and a role of its own. */
export const ACME: Tenant = {
  tenantId: 'acme',
  apiKey: randomKey(),
  role: 'acme-worker',
  agentKey: 'sk-ant-api03-acme0key0123456789/e+f="g\\h',
  deployKey: 'deploy "acme" äöü of-9876543210-acme & more',
  get secrets() {
    return {
      'outpost/tenants/acme/agents/claude': this.agentKey,
      'outpost/tenants/acme/github': 'ghp_acmeTokenOfGitHub0123456789abcde',
      'outpost/tenants/acme/DEPLOY_KEY': this.deployKey,
    };
  },
};

/** With a name that begins like the other's, and what the fleet has. */
export const ACME_2: Tenant = {
  tenantId: 'acme-2',
  apiKey: randomKey(),
  role: 'outpost-worker',
  agentKey: FLEET['outpost/agents/claude'],
  deployKey: 'deployment-of-the-second-0123456789',
  get secrets() {
    return { 'outpost/tenants/acme-2/DEPLOY_KEY': this.deployKey };
  },
};

export const TENANTS = [ACME, ACME_2];
