import { API_KEY_PATTERN } from '@outpost/contracts';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newApiKey, type ApiKeys } from './services/api-keys.js';

export interface BootstrapKey {
  readonly key: string;
  /** True only when it was made just now: then it is shown, this once. */
  readonly isNew: boolean;
  readonly file: string | undefined;
}

/**
 * Makes sure that tenant `default` has an admin key: the configured one, else one that is kept in `directory`. Undefined
 * without either.
 */
export async function bootstrapApiKey(params: {
  readonly apiKeys: ApiKeys;
  readonly configured: string | undefined;
  readonly directory: string | undefined;
}): Promise<BootstrapKey | undefined> {
  const { apiKeys, configured, directory } = params;
  const bootstrap =
    configured === undefined ? keptKey(directory) : { key: configured, isNew: false, file: undefined };
  if (bootstrap === undefined) return undefined;
  await apiKeys.ensure({ tenantId: 'default', name: 'bootstrap', scopes: ['admin'], key: bootstrap.key });
  return bootstrap;
}

function keptKey(dataDir: string | undefined): BootstrapKey | undefined {
  if (dataDir === undefined) return undefined;
  const file = join(dataDir, 'bootstrap-api-key');
  const kept = readKept(file);
  if (kept !== undefined) return { key: kept, isNew: false, file };
  const key = newApiKey();
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  writeFileSync(file, `${key}\n`, { mode: 0o600, flag: 'wx' });
  return { key, isNew: true, file };
}

function readKept(file: string): string | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  if (!API_KEY_PATTERN.test(text))
    throw new Error(`${file} holds no API key (otp_ and 64 hex digits). Delete it to get a new one.`);
  return text;
}
