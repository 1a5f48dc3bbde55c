import type { RecordIn } from '@outpost/contracts';
import type { SecretReference } from '@outpost/platform';
import type { Worker } from '../worker.js';

/** The values that this run may use; held in memory only. */
export interface RunSecrets {
  readonly agentKey: string | undefined;
  readonly gitToken: string | undefined;
  /** The tenant's own, by the name of their variable. */
  readonly variables: Readonly<Record<string, string>>;
  /** All of them: what must never leave. */
  readonly values: readonly string[];
}

export async function readSecrets(
  { platform, key }: Worker,
  record: RecordIn<'RUNNING'>,
): Promise<RunSecrets> {
  const get = (reference: SecretReference): Promise<string | undefined> =>
    platform.secrets.get({ tenantId: key.tenantId, reference });
  const [agentKey, gitToken] = await Promise.all([
    get({ kind: 'agent', agent: record.agent }),
    get({ kind: 'github' }),
  ]);
  const variables: Record<string, string> = {};
  for (const name of record.secrets) {
    const value = await get({ kind: 'tenant', name });
    if (value !== undefined) variables[name] = value;
  }
  const values = [agentKey, gitToken, ...Object.values(variables)].filter((value) => value !== undefined);
  return { agentKey, gitToken, variables, values };
}
