import { AGENTS } from '@outpost/contracts';
import { join } from 'node:path';
import type { SecretReference, SecretStore } from '../ports/index.js';
import { createSecretsFileReader, type SecretSet } from './secrets-file.js';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface LocalSecretStoreOptions {
  readonly dataDir: string;
  /** Where keys are found under their usual names. */
  readonly environment: Environment;
}

/** A tenant's own in `secrets.json`, else the fleet's there, else the environment's. */
export function createLocalSecretStore({ dataDir, environment }: LocalSecretStoreOptions): SecretStore {
  const readFile = createSecretsFileReader(join(dataDir, 'secrets.json'));
  const get: SecretStore['get'] = async ({ tenantId, reference }) => {
    const { fleet, tenants } = readFile();
    const candidates = [
      secretIn(tenants.get(tenantId), reference),
      secretIn(fleet, reference),
      ...variablesOf(reference).map((name) => environment[name]),
    ];
    // Empty means absent, as a variable that was set to nothing does.
    return candidates.find((value) => value !== undefined && value !== '');
  };
  return { get, has: async (params) => (await get(params)) !== undefined };
}

function secretIn(set: SecretSet | undefined, reference: SecretReference): string | undefined {
  switch (reference.kind) {
    case 'agent':
      return set?.agents.get(reference.agent);
    case 'github':
      return set?.github;
    case 'git':
      return set?.git.get(reference.host);
    case 'tenant':
      return set?.secrets.get(reference.name);
  }
}

/** Variables of the control plane's own environment: the fleet's secrets, never a tenant's. */
function variablesOf(reference: SecretReference): readonly string[] {
  switch (reference.kind) {
    case 'agent':
      return [AGENTS[reference.agent].apiKeyVariable];
    case 'github':
      return ['GITHUB_TOKEN', 'GH_TOKEN'];
    case 'git':
    case 'tenant':
      return [];
  }
}
