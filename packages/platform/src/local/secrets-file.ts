import { AGENT_NAMES, OutpostError, SecretNameSchema } from '@outpost/contracts';
import { closeSync, constants, fstatSync, openSync, readFileSync, statSync } from 'node:fs';
import { isSegment } from '../files/segments.js';
import { codeOf } from './errors.js';

/** Secrets of the fleet or of one tenant. */
export interface SecretSet {
  readonly agents: ReadonlyMap<string, string>;
  readonly github: string | undefined;
  /** Tokens of other git hosts, by their names. */
  readonly git: ReadonlyMap<string, string>;
  /** By the name of the variable that carries them. */
  readonly secrets: ReadonlyMap<string, string>;
}

/** What `secrets.json` holds. */
export interface SecretsFile {
  readonly fleet: SecretSet;
  readonly tenants: ReadonlyMap<string, SecretSet>;
}

/** As it stands in the URL of a repository. */
const HOST_NAME = /^([a-z0-9.-]+|\[[0-9a-f:.]+\])$/;

type Json = Readonly<Record<string, unknown>>;

const NONE: SecretsFile = {
  fleet: { agents: new Map(), github: undefined, git: new Map(), secrets: new Map() },
  tenants: new Map(),
};

/**
 * Reads the file whenever it has changed, so that a new secret needs no restart. Throws SERVICE_UNAVAILABLE while it is
 * not as it must be; why is the cause, which is for whoever runs this Outpost.
 */
export function createSecretsFileReader(path: string): () => SecretsFile {
  let known: { readonly version: string; readonly content: SecretsFile } | undefined;
  return () => {
    const version = versionOf(path);
    if (version === undefined) return NONE;
    if (known?.version !== version) known = { version, content: readOrRefuse(path) };
    return known.content;
  };
}

function readOrRefuse(path: string): SecretsFile {
  try {
    return readSecretsFile(path);
  } catch (cause) {
    const message =
      'The secrets of this Outpost cannot be read. Whoever runs it finds the reason in its log.';
    throw new OutpostError('SERVICE_UNAVAILABLE', message, { cause });
  }
}

function versionOf(path: string): string | undefined {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? undefined : [stat.ino, stat.size, stat.mode, stat.mtimeNs].join(':');
}

function readSecretsFile(path: string): SecretsFile {
  try {
    return parseSecretsFile(path, readPrivateFile(path));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return NONE;
    throw error;
  }
}

function readPrivateFile(path: string): string {
  const file = openSync(path, constants.O_RDONLY);
  try {
    const mode = fstatSync(file).mode & 0o777;
    if ((mode & 0o077) === 0) return readFileSync(file, 'utf8');
    throw new Error(`${path} can be read by others (mode ${mode.toString(8)}). Run: chmod 600 ${path}`);
  } finally {
    closeSync(file);
  }
}

function parseSecretsFile(path: string, text: string): SecretsFile {
  const json = asObject(path, parseJson(path, text));
  refuseUnknown(path, json, ['agents', 'github', 'tenants']);
  const tenants = entriesOf(`${path}: tenants`, json['tenants']).map(([tenantId, value]) => {
    if (!isSegment(tenantId)) throw new Error(`${path}: tenants: "${tenantId}" is not a tenant's id.`);
    return [tenantId, parseTenant(`${path}: tenants.${tenantId}`, value)] as const;
  });
  return { fleet: parseSet(path, json), tenants: new Map(tenants) };
}

function parseTenant(where: string, value: unknown): SecretSet {
  const json = asObject(where, value);
  refuseUnknown(where, json, ['agents', 'github', 'git', 'secrets']);
  return parseSet(where, json);
}

function parseSet(where: string, json: Json): SecretSet {
  const agents = textsOf(`${where}: agents`, json['agents']);
  for (const name of agents.keys()) {
    if (!(AGENT_NAMES as readonly string[]).includes(name)) {
      throw new Error(`${where}: agents: "${name}" is not one of ${AGENT_NAMES.join(', ')}.`);
    }
  }
  const secrets = textsOf(`${where}: secrets`, json['secrets']);
  for (const name of secrets.keys()) checkSecretName(`${where}: secrets`, name);
  const github = json['github'] === undefined ? undefined : asText(`${where}: github`, json['github']);
  const git = textsOf(`${where}: git`, json['git']);
  for (const host of git.keys()) {
    if (!HOST_NAME.test(host)) throw new Error(`${where}: git: "${host}" is not the name of a host.`);
  }
  return { agents, github, git, secrets };
}

function checkSecretName(where: string, name: string): void {
  const problem = SecretNameSchema.safeParse(name).error?.issues[0]?.message;
  if (problem !== undefined) throw new Error(`${where}: "${name}" ${problem}.`);
}

/** The message names the place, never the content: it may be logged. */
function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${path} is not JSON.`);
  }
}

function textsOf(where: string, value: unknown): ReadonlyMap<string, string> {
  return new Map(entriesOf(where, value).map(([name, text]) => [name, asText(`${where}.${name}`, text)]));
}

function entriesOf(where: string, value: unknown): readonly (readonly [string, unknown])[] {
  return value === undefined ? [] : Object.entries(asObject(where, value));
}

function asObject(where: string, value: unknown): Json {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json;
  throw new Error(`${where} must be a JSON object.`);
}

function asText(where: string, value: unknown): string {
  if (typeof value === 'string') return value;
  throw new Error(`${where} must be a string.`);
}

function refuseUnknown(where: string, json: Json, known: readonly string[]): void {
  const unknown = Object.keys(json).find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`${where}: "${unknown}" is not one of ${known.join(', ')}.`);
}
