import {
  CreateSecretCommand,
  GetSecretValueCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import type { ManifestSigner } from '../ports/index.js';
import { createEd25519Signer, newSigningKey } from '../signing/ed25519-signer.js';
import { isNamed } from './errors.js';
import { MANIFEST_KEY_SECRET } from './secret-names.js';

/** The key is a secret that the control plane makes on first use. No policy of a worker reaches it. */
export function createAwsManifestSigner({
  secrets,
}: {
  readonly secrets: SecretsManagerClient;
}): ManifestSigner {
  return createEd25519Signer(async () => (await read(secrets)) ?? make(secrets));
}

async function read(secrets: SecretsManagerClient): Promise<string | undefined> {
  try {
    const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: MANIFEST_KEY_SECRET }));
    return SecretString;
  } catch (error) {
    if (isNamed(error, 'ResourceNotFoundException')) return undefined;
    throw error;
  }
}

/** Of instances that make it at once, one does: the others take that one's. */
async function make(secrets: SecretsManagerClient): Promise<string> {
  const SecretString = newSigningKey();
  try {
    await secrets.send(
      new CreateSecretCommand({
        Name: MANIFEST_KEY_SECRET,
        Description: 'Signs the manifests of runs.',
        SecretString,
      }),
    );
    return SecretString;
  } catch (error) {
    if (!isNamed(error, 'ResourceExistsException')) throw error;
  }
  const made = await read(secrets);
  if (made === undefined) throw new Error(`The secret ${MANIFEST_KEY_SECRET} has no value.`);
  return made;
}
