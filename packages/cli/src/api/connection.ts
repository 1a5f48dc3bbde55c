import { API_KEY_PATTERN } from '@outpost/contracts';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CliError } from '../cli-error.js';
import type { CliConfig } from '../config.js';
import { EXIT } from '../exit-code.js';
import { readProfiles, type Profiles } from './profiles.js';

/** Which control plane, with which key, and where the key comes from, for a person. */
export interface Connection {
  readonly url: string;
  readonly apiKey: string;
  readonly keySource: string;
}

interface Key {
  readonly apiKey: string;
  readonly keySource: string;
}

/**
 * What is asked for by name, else what the environment says, else the current profile, else a control plane of this
 * machine. A key is only ever used for the server that it is for.
 */
export async function findConnection(config: CliConfig, profileName?: string): Promise<Connection> {
  const profiles = await readProfiles(config.configDir);
  if (profileName !== undefined) return namedConnection(profiles, profileName, config);
  const url = serverUrl(config, profiles);
  const key = environmentKey(config) ?? profileKey(profiles, url) ?? (await keptKey(config, url));
  if (key !== undefined) return { url, ...checked(key) };
  const local = isLoopback(url)
    ? `, or start a control plane of this machine (npm start), whose key is found by itself`
    : '';
  throw new CliError(
    `There is no API key for ${url}. Set OUTPOST_API_KEY, or keep one: ${config.invocation} profiles add <name> --url <url>${local}.`,
    { exitCode: EXIT.notAllowed },
  );
}

/** Where the API is, whether or not there is a key for it. */
export async function findUrl(config: CliConfig, profileName?: string): Promise<string> {
  const profiles = await readProfiles(config.configDir);
  return profileName === undefined
    ? serverUrl(config, profiles)
    : namedConnection(profiles, profileName, config).url;
}

/** Whether a server of this machine answers there: it sees the same files. */
export function isLoopback(url: string): boolean {
  return ['localhost', '127.0.0.1', '[::1]'].includes(new URL(url).hostname);
}

function serverUrl({ api, localUrl }: CliConfig, profiles: Profiles): string {
  const url = (api.url ?? currentProfile(profiles)?.url ?? localUrl).replace(/\/+$/, '');
  if (URL.canParse(url) && /^https?:/.test(url)) return url;
  throw new CliError(`OUTPOST_URL must be an http or https URL, e.g. ${localUrl}: ${url}`, {
    exitCode: EXIT.usage,
  });
}

function namedConnection({ profiles }: Profiles, name: string, config: CliConfig): Connection {
  const profile = profiles[name];
  if (profile !== undefined) return { ...profile, keySource: `profile ${name}` };
  const known = Object.keys(profiles).join(', ') || 'none';
  throw new CliError(
    `There is no profile ${name} (known: ${known}). Add it: ${config.invocation} profiles add ${name} --url <url>`,
    { exitCode: EXIT.usage },
  );
}

function currentProfile({ current, profiles }: Profiles) {
  return current === undefined ? undefined : profiles[current];
}

function environmentKey({ api: { apiKey } }: CliConfig): Key | undefined {
  return apiKey === undefined ? undefined : { apiKey, keySource: 'OUTPOST_API_KEY' };
}

/** Never shows it: what is no key may be another secret. */
function checked(key: Key): Key {
  if (API_KEY_PATTERN.test(key.apiKey)) return key;
  throw new CliError(`What is in ${key.keySource} is not an API key: otp_ and 64 hex digits.`, {
    exitCode: EXIT.notAllowed,
  });
}

function profileKey(profiles: Profiles, url: string): Key | undefined {
  const profile = currentProfile(profiles);
  if (profile === undefined || profile.url !== url) return undefined;
  return { apiKey: profile.apiKey, keySource: `profile ${profiles.current}` };
}

/** The first key of a control plane that keeps its data here. It is not for a server elsewhere. */
async function keptKey({ dataDir }: CliConfig, url: string): Promise<Key | undefined> {
  if (!isLoopback(url)) return undefined;
  const file = join(dataDir, 'bootstrap-api-key');
  try {
    return { apiKey: (await readFile(file, 'utf8')).trim(), keySource: file };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new CliError(`Cannot read ${file} (${(error as NodeJS.ErrnoException).code}).`, { cause: error });
  }
}
