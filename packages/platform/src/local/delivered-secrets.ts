import { AGENT_NAMES } from '@outpost/contracts';
import type { Readable } from 'node:stream';
import type { Assignment, DispatchKey, SecretReference, SecretStore } from '../ports/index.js';

const FORMAT = 'outpost-secrets/1';
/** More than any dispatch may have. */
export const MAX_DELIVERY_BYTES = 4 * 1024 * 1024;

export interface DeliveredSecret {
  readonly reference: SecretReference;
  readonly value: string;
}

/** What the control plane writes to a worker's stdin: secrets pass through neither environment nor disk. */
export interface SecretDelivery extends DispatchKey {
  readonly secrets: readonly DeliveredSecret[];
}

export interface DeliveryParams extends DispatchKey {
  readonly secrets: readonly SecretReference[];
}

/** One line of JSON, without its newline. */
export function encodeDelivery({ tenantId, dispatchId, secrets }: SecretDelivery): string {
  return JSON.stringify({ format: FORMAT, tenantId, dispatchId, secrets });
}

/** A delivery of those that there are. */
export async function readDelivery(
  store: SecretStore,
  { tenantId, dispatchId, secrets }: DeliveryParams,
): Promise<string> {
  const found = await Promise.all(
    secrets.map(async (reference) => ({ reference, value: await store.get({ tenantId, reference }) })),
  );
  return encodeDelivery({
    tenantId,
    dispatchId,
    secrets: found.flatMap(({ reference, value }) => (value === undefined ? [] : [{ reference, value }])),
  });
}

/**
 * The secrets that the control plane delivers to this worker on `stream`, read to its end. Rejects when there is no
 * whole delivery: then the control plane died before it knew of this worker, and the worker must not start its work.
 */
export async function deliveredSecrets(stream: Readable): Promise<SecretStore> {
  return assignmentOf(await readAll(stream)).secrets;
}

/** What a delivery asks for, with the secrets that it brings. Throws when it is not whole. */
export function assignmentOf(text: string): Assignment {
  const { tenantId, dispatchId, secrets } = decodeDelivery(text);
  const values = new Map(secrets.map(({ reference, value }) => [nameOf(reference), value]));
  const get: SecretStore['get'] = async (params) =>
    params.tenantId === tenantId ? values.get(nameOf(params.reference)) : undefined;
  return { tenantId, dispatchId, secrets: { get, has: async (params) => (await get(params)) !== undefined } };
}

async function readAll(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk as Uint8Array | string);
    size += bytes.length;
    if (size > MAX_DELIVERY_BYTES) throw new Error('The delivery of secrets is too large.');
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function decodeDelivery(text: string): SecretDelivery {
  if (text.trim() === '')
    throw new Error('No secrets were delivered: a worker is started by the control plane, not by hand.');
  const delivery = parse(text);
  if (isDelivery(delivery)) return delivery;
  // Without its content: it may be a secret.
  throw new Error(`What was delivered on stdin is not ${FORMAT}.`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isDelivery(value: unknown): value is SecretDelivery {
  return (
    isObject(value) &&
    value['format'] === FORMAT &&
    typeof value['tenantId'] === 'string' &&
    typeof value['dispatchId'] === 'string' &&
    Array.isArray(value['secrets']) &&
    value['secrets'].every((secret) => isDeliveredSecret(secret))
  );
}

function isDeliveredSecret(value: unknown): value is DeliveredSecret {
  return (
    isObject(value) &&
    typeof value['value'] === 'string' &&
    value['value'] !== '' &&
    isReference(value['reference'])
  );
}

function isReference(value: unknown): value is SecretReference {
  if (!isObject(value)) return false;
  if (value['kind'] === 'agent') return AGENT_NAMES.some((agent) => agent === value['agent']);
  if (value['kind'] === 'git') return typeof value['host'] === 'string';
  return value['kind'] === 'github' || (value['kind'] === 'tenant' && typeof value['name'] === 'string');
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function nameOf(reference: SecretReference): string {
  switch (reference.kind) {
    case 'agent':
      return `agent/${reference.agent}`;
    case 'github':
      return 'github';
    case 'git':
      return `git/${reference.host}`;
    case 'tenant':
      return `tenant/${reference.name}`;
  }
}
