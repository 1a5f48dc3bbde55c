import { randomInt } from 'node:crypto';
import { TEST_REGION } from './clients.js';
import { ServiceFault, startJsonService, type JsonService } from './json-service.js';
import { TEST_ACCOUNT_ID } from './sts.js';

const ARN_PREFIX = `arn:aws:secretsmanager:${TEST_REGION}:${TEST_ACCOUNT_ID}:secret:`;
const NAME = /^[A-Za-z0-9/_+=.@-]{1,512}$/;
const SUFFIX_LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

interface Secret {
  readonly ARN: string;
  readonly Name: string;
  versions: number;
  value: SecretContent | undefined;
  /** Has a version that is not to be used yet. */
  hasPending: boolean;
  /** Epoch seconds; marked for deletion since. */
  deletedAt: number | undefined;
}

interface SecretContent {
  readonly SecretString?: string | undefined;
  /** Base64. */
  readonly SecretBinary?: string | undefined;
  /** Of the version; it becomes the current one by default. */
  readonly VersionStages?: readonly string[];
}

type ById = { readonly SecretId: string };

/** Starts a Secrets Manager in memory. `calls` tells who asked for what. */
export function startSecretsManager(): Promise<JsonService> {
  const secrets = new Map<string, Secret>();
  return startJsonService({
    CreateSecret({ Name, ...content }: { readonly Name: string } & SecretContent) {
      if (!NAME.test(Name)) throw new ServiceFault('ValidationException', `Invalid name: ${Name}`);
      if (secrets.has(Name))
        throw new ServiceFault('ResourceExistsException', `A secret is called ${Name} already.`);
      const secret = newSecret(Name);
      secrets.set(Name, secret);
      return hasContent(content) ? setValue(secret, content) : identityOf(secret);
    },
    PutSecretValue: ({ SecretId, ...content }: ById & SecretContent) =>
      setValue(usable(secrets, SecretId), content),
    GetSecretValue({ SecretId }: ById) {
      const secret = usable(secrets, SecretId);
      if (secret.value === undefined)
        throw notFound("Secrets Manager can't find the specified secret value for staging label: AWSCURRENT");
      return { ...identityOf(secret), ...secret.value, VersionStages: ['AWSCURRENT'] };
    },
    ListSecrets({ Filters = [] }: { Filters?: { Key: string; Values: string[] }[] }) {
      const prefixes = Filters.flatMap(({ Key, Values }) => (Key === 'name' ? Values : []));
      const isMeant = ({ Name }: Secret) => prefixes.every((prefix) => Name.startsWith(prefix));
      const usableOnes = [...secrets.values()].filter(({ deletedAt }) => deletedAt === undefined);
      return { SecretList: usableOnes.filter(isMeant).map(identityOf) };
    },
    DescribeSecret({ SecretId }: ById) {
      const secret = find(secrets, SecretId);
      return { ...identityOf(secret), DeletedDate: secret.deletedAt, VersionIdsToStages: stagesOf(secret) };
    },
    DeleteSecret({ SecretId, ForceDeleteWithoutRecovery }: ById & { ForceDeleteWithoutRecovery?: boolean }) {
      const secret = find(secrets, SecretId);
      if (ForceDeleteWithoutRecovery === true) secrets.delete(secret.Name);
      else secret.deletedAt = Math.floor(Date.now() / 1_000);
      return identityOf(secret);
    },
  });
}

function newSecret(Name: string): Secret {
  const letters = Array.from({ length: 6 }, () => SUFFIX_LETTERS[randomInt(SUFFIX_LETTERS.length)]);
  const ARN = `${ARN_PREFIX}${Name}-${letters.join('')}`;
  return { ARN, Name, versions: 0, value: undefined, hasPending: false, deletedAt: undefined };
}

function hasContent({ SecretString, SecretBinary }: SecretContent): boolean {
  return SecretString !== undefined || SecretBinary !== undefined;
}

function setValue(secret: Secret, content: SecretContent): object {
  const { SecretString, SecretBinary, VersionStages = ['AWSCURRENT'] } = content;
  if (!VersionStages.includes('AWSCURRENT')) {
    secret.hasPending = true;
    return identityOf(secret);
  }
  secret.versions += 1;
  secret.value = { SecretString, SecretBinary };
  return identityOf(secret);
}

function identityOf(secret: Secret): object {
  const { ARN, Name, versions } = secret;
  return { ARN, Name, VersionId: versions === 0 ? undefined : versionId(versions) };
}

function stagesOf({ versions, hasPending }: Secret): Record<string, string[]> {
  const ids = Array.from({ length: Math.min(2, versions) }, (_, index) => versionId(versions - index));
  const stages = ids.map((id, index) => [id, [index === 0 ? 'AWSCURRENT' : 'AWSPREVIOUS']]);
  if (hasPending) stages.push([versionId(versions + 1), ['AWSPENDING']]);
  return Object.fromEntries(stages) as Record<string, string[]>;
}

function versionId(version: number): string {
  return `00000000-0000-4000-8000-${String(version).padStart(12, '0')}`;
}

function usable(secrets: ReadonlyMap<string, Secret>, id: string): Secret {
  const secret = find(secrets, id);
  if (secret.deletedAt === undefined) return secret;
  throw new ServiceFault(
    'InvalidRequestException',
    "You can't perform this operation on the secret because it was marked for deletion.",
  );
}

/** By name or by ARN. */
function find(secrets: ReadonlyMap<string, Secret>, id: string): Secret {
  if (!id.startsWith(ARN_PREFIX) && !NAME.test(id))
    throw new ServiceFault('ValidationException', 'Invalid name.');
  const secret = secrets.get(id) ?? [...secrets.values()].find(({ ARN }) => ARN === id);
  if (secret === undefined) throw notFound("Secrets Manager can't find the specified secret.");
  return secret;
}

function notFound(message: string): ServiceFault {
  return new ServiceFault('ResourceNotFoundException', message);
}
