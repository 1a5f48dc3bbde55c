import { runSimulation, type Simulation } from '@cloud-copilot/iam-simulate';
import type { PolicyDocument } from '../../aws/worker-policy.js';

/** One question to IAM: a call may need several answered with yes. */
export interface IamRequest {
  /** `dynamodb:PutItem` */
  readonly action: string;
  /** ARN */
  readonly resource: string;
  readonly accountId: string;
  /** By context key. */
  readonly context: Readonly<Record<string, string | readonly string[]>>;
}

/** Where the call is made. */
export interface IamPlace {
  readonly region: string;
  readonly accountId: string;
}

/**
 * The simulator passes over a key with a part that the caller chooses, unless that follows a slash. A tag of the
 * request is such a key, and is compared alike.
 */
const ENCRYPTION_CONTEXT = { real: 'kms:EncryptionContext:', simulated: 'aws:RequestTag/' } as const;

/**
 * Whether IAM would grant the request to a role that has this policy and no other. Rejects what cannot be evaluated,
 * so that a mistake in a test never looks like a denial.
 */
export async function isAllowed(policy: PolicyDocument, request: IamRequest): Promise<boolean> {
  const { action, resource } = request;
  const result = await runSimulation(simulationOf(simulated(policy), simulated(request)), {});
  if (result.resultType !== 'single')
    throw new Error(`${action} on ${resource} cannot be evaluated: ${JSON.stringify(result)}`);
  const unknown = result.result.ignoredContextKeys ?? [];
  if (unknown.length > 0) throw new Error(`${action} has no context key ${unknown.join(', ')}.`);
  return result.overallResult === 'Allowed';
}

function simulated<T>(value: T): T {
  const { real, simulated: name } = ENCRYPTION_CONTEXT;
  return JSON.parse(JSON.stringify(value).replaceAll(real, name)) as T;
}

function simulationOf(policy: PolicyDocument, request: IamRequest): Simulation {
  const { action, resource, accountId, context } = request;
  return {
    request: {
      principal: `arn:aws:iam::${accountId}:role/worker`,
      action,
      resource: { resource, accountId },
      contextVariables: Object.fromEntries(
        Object.entries(context).map(([key, value]) => [key, asContext(value)]),
      ),
    },
    identityPolicies: [{ name: 'worker', policy }],
    serviceControlPolicies: [],
    resourceControlPolicies: [],
    ...(action.startsWith('kms:') && { resourcePolicy: keyPolicy(accountId) }),
  };
}

/** Of these requests, those that are allowed. */
export async function granted(
  policy: PolicyDocument,
  requests: readonly IamRequest[],
): Promise<readonly IamRequest[]> {
  const answers = await Promise.all(requests.map((request) => isAllowed(policy, request)));
  return requests.filter((_, index) => answers[index]);
}

function asContext(value: string | readonly string[]): string | string[] {
  return typeof value === 'string' ? value : [...value];
}

/** What a key has by default: the account's own policies decide. */
function keyPolicy(accountId: string) {
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${accountId}:root` },
        Action: 'kms:*',
        Resource: '*',
      },
    ],
  };
}
