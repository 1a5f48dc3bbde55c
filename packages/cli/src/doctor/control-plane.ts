import { OutpostApiError, OutpostClient, OutpostConnectionError } from '@outpost/client';
import type { Fleet } from '@outpost/contracts';
import { findConnection, findUrl } from '../api/connection.js';
import { CliError } from '../cli-error.js';
import type { CliConfig } from '../config.js';
import { plain } from '../terminal/plain.js';
import { failed, passed, type Check } from './check.js';

const TIMEOUT_MS = 5_000;
const AREA = 'control plane';

/** Whether it answers, whether it takes the key, and which agents it has. */
export async function checkControlPlane(
  config: CliConfig,
  profile: string | undefined,
): Promise<readonly Check[]> {
  const url = await findUrl(config, profile);
  const reached = await checkServer(url);
  if (!reached.ok) return [reached];
  try {
    const { apiKey, keySource } = await findConnection(config, profile);
    const client = new OutpostClient({ baseUrl: url, apiKey, timeoutMs: TIMEOUT_MS });
    const fleet = await client.fleet();
    return [reached, passed(AREA, 'key', `taken (from ${keySource})`), fleetCheck(fleet)];
  } catch (error) {
    if (!(error instanceof CliError || error instanceof OutpostApiError)) throw error;
    const fix = error instanceof CliError ? undefined : 'Set OUTPOST_API_KEY, or use --profile.';
    return [reached, failed(AREA, 'key', plain(error.message), fix)];
  }
}

async function checkServer(url: string): Promise<Check> {
  // Whether it answers is told to anybody.
  const client = new OutpostClient({ baseUrl: url, apiKey: 'none', timeoutMs: TIMEOUT_MS });
  try {
    const { version } = await client.health();
    return passed(AREA, 'server', `${url}, version ${plain(version)}`);
  } catch (error) {
    if (!(error instanceof OutpostConnectionError || error instanceof OutpostApiError)) throw error;
    return failed(AREA, 'server', plain(error.message), 'Start one: npm start. Another: OUTPOST_URL.');
  }
}

function fleetCheck({ agents }: Fleet): Check {
  const available = agents.filter((each) => each.available).map(({ agent }) => agent);
  return available.length > 0
    ? passed(AREA, 'agents', available.join(', '))
    : failed(AREA, 'agents', 'none is available', 'outpost fleet says why');
}
