import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { AGENTS } from '@outpost/contracts';
import type { SecretReference, SecretStore } from '../ports/index.js';
import { isNamed } from './errors.js';
import { secretNames } from './secret-names.js';
import { secretValue } from './secret-value.js';

/** The version that `GetSecretValue` answers; a secret that was created without a value has none. */
const CURRENT = 'AWSCURRENT';

/**
 * Secrets Manager: a tenant's own at `outpost/tenants/<tenantId>/agents/<agent>`, `/github` and `/<variable>`, else the
 * fleet's at `outpost/agents/<agent>` and `outpost/github`. Each holds text, or a JSON object: then the value is its
 * only member, or the one called as the agent's variable, for others `value`.
 */
export function createAwsSecretStore({ secrets }: { readonly secrets: SecretsManagerClient }): SecretStore {
  return {
    async get(params) {
      for (const name of secretNames(params)) {
        const value = await read(secrets, name, memberFor(params.reference));
        if (value !== undefined) return value;
      }
      return undefined;
    },
    // Without the right to read one: that an existing secret is empty shows only when a worker reads it.
    async has(params) {
      for (const name of secretNames(params)) if (await exists(secrets, name)) return true;
      return false;
    },
  };
}

function memberFor(reference: SecretReference): string {
  return reference.kind === 'agent' ? AGENTS[reference.agent].apiKeyVariable : 'value';
}

async function read(
  secrets: SecretsManagerClient,
  name: string,
  member: string,
): Promise<string | undefined> {
  const found = await unlessAbsent(secrets.send(new GetSecretValueCommand({ SecretId: name })));
  return found && secretValue({ name, content: found.SecretString, member });
}

async function exists(secrets: SecretsManagerClient, name: string): Promise<boolean> {
  const found = await unlessAbsent(secrets.send(new DescribeSecretCommand({ SecretId: name })));
  if (found === undefined || found.DeletedDate !== undefined) return false;
  return Object.values(found.VersionIdsToStages ?? {}).some((stages) => stages.includes(CURRENT));
}

/** Never was, or is marked for deletion. */
async function unlessAbsent<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isNamed(error, 'ResourceNotFoundException', 'InvalidRequestException')) return undefined;
    throw error;
  }
}
