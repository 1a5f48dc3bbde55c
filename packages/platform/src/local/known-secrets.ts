import { AGENT_NAMES, AGENTS } from '@outpost/contracts';
import { join } from 'node:path';
import type { KnownSecrets } from '../ports/index.js';
import type { LocalSecretStoreOptions } from './secret-store.js';
import { createSecretsFileReader, type SecretSet } from './secrets-file.js';

/** The tenant's and the fleet's in `secrets.json`, and the environment's. */
export function createLocalKnownSecrets({ dataDir, environment }: LocalSecretStoreOptions): KnownSecrets {
  const readFile = createSecretsFileReader(join(dataDir, 'secrets.json'));
  const variables = [...AGENT_NAMES.map((agent) => AGENTS[agent].apiKeyVariable), 'GITHUB_TOKEN', 'GH_TOKEN'];
  return {
    async valuesOf({ tenantId }) {
      const { fleet, tenants } = readFile();
      const values = [
        ...valuesIn(tenants.get(tenantId)),
        ...valuesIn(fleet),
        ...variables.map((name) => environment[name] ?? ''),
      ];
      return [...new Set(values)].filter((value) => value !== '');
    },
  };
}

function valuesIn(set: SecretSet | undefined): readonly string[] {
  if (set === undefined) return [];
  return [...set.agents.values(), set.github ?? '', ...set.git.values(), ...set.secrets.values()];
}
