import { AGENT_NAMES, AGENTS } from '@outpost/contracts';
import { agentSecret, GITHUB_SECRET } from '@outpost/platform/aws/definitions';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { RemovalPolicy } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.js';

export const BOOTSTRAP_KEY_SECRET = 'outpost/bootstrap-api-key';

interface FleetSecretsProps {
  readonly removalPolicy: RemovalPolicy;
}

/**
 * The fleet's secrets, without values: these are for a person to put in, and no deployment touches them. An agent whose
 * secret has no value is not available, and says so. Tenants' own are made by who runs them.
 */
export class FleetSecrets extends Construct {
  readonly #removalPolicy: RemovalPolicy;

  constructor(scope: Construct, id: string, { removalPolicy }: FleetSecretsProps) {
    super(scope, id);
    this.#removalPolicy = removalPolicy;
    for (const agent of AGENT_NAMES)
      this.#secret(
        agent,
        agentSecret(agent),
        `${AGENTS[agent].apiKeyVariable} of ${AGENTS[agent].displayName}.`,
      );
    this.#secret('github', GITHUB_SECRET, 'A token that reads private repositories on github.com.');
    this.#secret(
      'bootstrap',
      BOOTSTRAP_KEY_SECRET,
      'The first API key, of an admin of tenant default: otp_ and 64 hex digits.',
    );
  }

  #secret(id: string, name: string, description: string): void {
    const secret = new CfnSecret(this, id, { name, description });
    secret.applyRemovalPolicy(this.#removalPolicy);
    acknowledge(
      secret,
      'AwsSolutions-SMG4',
      'Providers and GitHub have no call that makes a new key of an old one; workers read the value anew for each dispatch, so that a new one needs no deployment.',
    );
  }
}
