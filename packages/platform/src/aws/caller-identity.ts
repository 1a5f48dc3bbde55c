import { GetCallerIdentityCommand, type STSClient } from '@aws-sdk/client-sts';
import { OutpostError } from '@outpost/contracts';
import { isNamed } from './errors.js';

export interface CallerIdentity {
  readonly accountId: string;
  /** Of the role or user whose credentials these are. */
  readonly arn: string;
}

/**
 * Who calls. Asked at start, so that wrong credentials end the program with words for a person; rejects with
 * SERVICE_UNAVAILABLE when STS does not answer.
 */
export async function callerIdentity({ sts }: { readonly sts: STSClient }): Promise<CallerIdentity> {
  try {
    const { Account, Arn } = await sts.send(new GetCallerIdentityCommand({}));
    if (Account === undefined || Arn === undefined)
      throw new Error('STS did not say whose credentials these are.');
    return { accountId: Account, arn: Arn };
  } catch (error) {
    throw inWords(error);
  }
}

function inWords(error: unknown): unknown {
  const cause = error instanceof OutpostError ? error.cause : error;
  if (isNamed(cause, 'CredentialsProviderError')) {
    const message =
      'There are no AWS credentials. Run as an ECS task with a role, or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.';
    return new Error(message, { cause });
  }
  if (
    isNamed(cause, 'ExpiredToken', 'ExpiredTokenException', 'InvalidClientTokenId', 'SignatureDoesNotMatch')
  ) {
    return new Error(`AWS refuses these credentials (${(cause as Error).name}). Renew them.`, { cause });
  }
  return error;
}
