import { auditEntryOf, type RecordIn } from '@outpost/contracts';
import { auditedSecret, secretsFor, type SecretReference, type WorkerPlatform } from '@outpost/platform';
import { monotonicFactory } from 'ulid';
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

/** What it takes to read secrets, and to record that they were read. */
export interface SecretReader extends Pick<Worker, 'key' | 'clock' | 'logger'> {
  readonly platform: Pick<WorkerPlatform, 'secrets' | 'audit'>;
}

interface Reading {
  readonly reference: SecretReference;
  readonly value?: string | undefined;
  readonly error?: unknown;
}

const newAuditId = monotonicFactory();

/** Reads what the dispatch may have, and no more. Each attempt is recorded, whatever becomes of it. */
export async function readSecrets(
  reader: SecretReader,
  record: Pick<RecordIn<'RUNNING'>, 'agent' | 'repo' | 'secrets'>,
): Promise<RunSecrets> {
  const readings = await Promise.all(secretsFor(record).map((reference) => read(reader, reference)));
  await Promise.all(readings.map((reading) => recordReading(reader, reading)));
  const failed = readings.find(({ error }) => error !== undefined);
  if (failed !== undefined) throw failed.error;
  return runSecretsOf(readings);
}

async function read({ platform, key }: SecretReader, reference: SecretReference): Promise<Reading> {
  try {
    return { reference, value: await platform.secrets.get({ tenantId: key.tenantId, reference }) };
  } catch (error) {
    return { reference, error };
  }
}

function runSecretsOf(readings: readonly Reading[]): RunSecrets {
  const found = readings.flatMap(({ reference, value }) =>
    value === undefined ? [] : [{ reference, value }],
  );
  const variables = found.flatMap(({ reference, value }) =>
    reference.kind === 'tenant' ? [[reference.name, value] as const] : [],
  );
  return {
    agentKey: found.find(({ reference }) => reference.kind === 'agent')?.value,
    gitToken: found.find(({ reference }) => reference.kind === 'github' || reference.kind === 'git')?.value,
    variables: Object.fromEntries(variables),
    values: found.map(({ value }) => value),
  };
}

/** The run goes on without the entry when it cannot be stored: the log has it then. */
async function recordReading(reader: SecretReader, reading: Reading): Promise<void> {
  const { platform, key, clock, logger } = reader;
  const epochMs = clock.now();
  const entry = auditEntryOf({
    auditId: newAuditId(epochMs),
    epochMs,
    event: {
      ...key,
      actor: { kind: 'worker', id: key.dispatchId },
      action: 'secret.read',
      resource: auditedSecret(reading.reference),
      ...outcomeOf(reading),
    },
  });
  try {
    await platform.audit.append(entry);
  } catch (error) {
    logger.error({ err: error, entry }, 'audit entry not stored');
  }
}

// In words of its own: those of an error may hold anything.
function outcomeOf({
  value,
  error,
}: Reading): { outcome: 'success' } | { outcome: 'failure'; detail: string } {
  if (error !== undefined) return { outcome: 'failure', detail: 'it could not be read' };
  return value === undefined ? { outcome: 'failure', detail: 'there is none' } : { outcome: 'success' };
}
