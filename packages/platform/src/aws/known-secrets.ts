import {
  GetSecretValueCommand,
  paginateListSecrets,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { AGENT_NAMES } from '@outpost/contracts';
import type { KnownSecrets } from '../ports/index.js';
import { isNamed } from './errors.js';
import { agentSecret, GITHUB_SECRET, tenantSecretPrefix } from './secret-names.js';

/** All that Secrets Manager has for the tenant, whatever it is called, and the fleet's own. */
export function createAwsKnownSecrets({ secrets }: { readonly secrets: SecretsManagerClient }): KnownSecrets {
  return {
    async valuesOf({ tenantId }) {
      const fleet = [...AGENT_NAMES.map((agent) => agentSecret(agent)), GITHUB_SECRET];
      const names = [...(await namesUnder(secrets, tenantSecretPrefix(tenantId))), ...fleet];
      const values = await Promise.all(names.map((name) => valuesOf(secrets, name)));
      return [...new Set(values.flat())].filter((value) => value !== '');
    },
  };
}

async function namesUnder(client: SecretsManagerClient, prefix: string): Promise<readonly string[]> {
  const names: string[] = [];
  const filter = { Filters: [{ Key: 'name' as const, Values: [prefix] }] };
  for await (const { SecretList = [] } of paginateListSecrets({ client }, filter))
    names.push(...SecretList.map(({ Name = '' }) => Name));
  // The filter takes case and word boundaries its own way.
  return names.filter((name) => name.startsWith(prefix));
}

async function valuesOf(client: SecretsManagerClient, name: string): Promise<readonly string[]> {
  try {
    const { SecretString, SecretBinary } = await client.send(new GetSecretValueCommand({ SecretId: name }));
    if (SecretString === undefined) return [Buffer.from(SecretBinary ?? []).toString('utf8')];
    return [SecretString, ...membersOf(SecretString)];
  } catch (error) {
    // Never was, is marked for deletion, or has no value yet.
    if (isNamed(error, 'ResourceNotFoundException', 'InvalidRequestException')) return [];
    throw error;
  }
}

function membersOf(content: string): readonly string[] {
  try {
    const parsed: unknown = JSON.parse(content);
    if (typeof parsed !== 'object' || parsed === null) return [];
    return Object.values(parsed).filter((value): value is string => typeof value === 'string');
  } catch {
    return [];
  }
}
