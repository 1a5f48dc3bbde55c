import { AGENTS, type AgentName } from '@outpost/contracts';
import { readdir, readFile, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';

export interface CliVersion {
  /** As its registry calls it. */
  readonly package: string;
  readonly version: string;
}

const PackageSchema = z.object({ name: z.string(), version: z.string() });
/** From the executable to the top of its package. */
const MAX_LEVELS = 6;

/** Which version of an agent's CLI an executable belongs to; undefined where it cannot be told, as of a command in its place. */
export async function readCliVersion(
  agent: AgentName,
  executable: string | undefined,
): Promise<CliVersion | undefined> {
  if (executable === undefined) return undefined;
  const { registry, packageName } = AGENTS[agent];
  const find = registry === 'npm' ? npmVersion : pythonVersion;
  const version = await find(executable, packageName).catch(() => undefined);
  return version === undefined ? undefined : { package: packageName, version };
}

async function npmVersion(executable: string, packageName: string): Promise<string | undefined> {
  let directory = dirname(await realpath(executable));
  for (let level = 0; level < MAX_LEVELS; level += 1) {
    const text = await readFile(join(directory, 'package.json'), 'utf8').catch(() => undefined);
    const parsed = PackageSchema.safeParse(text === undefined ? undefined : JSON.parse(text));
    if (parsed.success && parsed.data.name === packageName) return parsed.data.version;
    directory = dirname(directory);
  }
  return undefined;
}

/** In a virtual environment, as `lib/python3.12/site-packages/aider_chat-0.86.1.dist-info`. */
async function pythonVersion(executable: string, packageName: string): Promise<string | undefined> {
  const lib = join(dirname(executable), '..', 'lib');
  for (const python of await readdir(lib)) {
    const installed = await readdir(join(lib, python, 'site-packages')).catch(() => []);
    const prefix = `${packageName.replaceAll('-', '_')}-`;
    const found = installed.find((name) => name.startsWith(prefix) && name.endsWith('.dist-info'));
    if (found !== undefined) return found.slice(prefix.length, -'.dist-info'.length);
  }
  return undefined;
}
