import { AGENTS, AGENT_NAMES, type AgentName } from '@outpost/contracts';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CliError } from '../cli-error.js';

/** Agents whose CLI comes from npm. */
export const NPM_AGENTS: readonly AgentName[] = AGENT_NAMES.filter(
  (agent) => AGENTS[agent].registry === 'npm',
);

/** The release of a CLI that this repository is pinned to. */
export interface PinnedAgent {
  readonly agent: AgentName;
  readonly version: string;
  /** Directory with the lock. */
  readonly sourceDir: string;
  /** Changes with the lock and with the platform: native packages differ. */
  readonly fingerprint: string;
  /** Of an npm CLI: whether its package has to be set up after the install. */
  readonly needsSetup: boolean;
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly scripts?: Readonly<Record<string, string>>;
}

interface Lock {
  readonly packages?: Readonly<Record<string, { readonly version?: string }>>;
}

/** Reads what `imagesDir/<agent>/cli` pins. */
export async function readPinned(imagesDir: string, agent: AgentName): Promise<PinnedAgent> {
  const sourceDir = join(imagesDir, agent, 'cli');
  return AGENTS[agent].registry === 'npm' ? npmPin(sourceDir, agent) : pypiPin(sourceDir, agent);
}

async function npmPin(sourceDir: string, agent: AgentName): Promise<PinnedAgent> {
  const manifestText = await read(sourceDir, 'package.json');
  const lockText = await read(sourceDir, 'package-lock.json');
  const manifest = JSON.parse(manifestText) as Manifest;
  const [packageName, ...others] = Object.keys(manifest.dependencies ?? {});
  if (packageName === undefined || others.length > 0) {
    throw new CliError(`${join(sourceDir, 'package.json')} must have exactly one dependency: the CLI.`);
  }
  const version = (JSON.parse(lockText) as Lock).packages?.[`node_modules/${packageName}`]?.version;
  if (version === undefined)
    throw new CliError(`${join(sourceDir, 'package-lock.json')} does not pin ${packageName}.`);
  return {
    agent,
    version,
    sourceDir,
    fingerprint: fingerprintOf(manifestText, lockText),
    needsSetup: manifest.scripts?.['setup'] !== undefined,
  };
}

async function pypiPin(sourceDir: string, agent: AgentName): Promise<PinnedAgent> {
  const requirements = await read(sourceDir, 'requirements.txt');
  const version = new RegExp(`^${agent}-chat==([^\\s;]+)`, 'm').exec(requirements)?.[1];
  if (version === undefined)
    throw new CliError(`${join(sourceDir, 'requirements.txt')} does not pin ${agent}-chat.`);
  return { agent, version, sourceDir, fingerprint: fingerprintOf(requirements), needsSetup: false };
}

function fingerprintOf(...contents: readonly string[]): string {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}`);
  for (const content of contents) hash.update('\0').update(content);
  return hash.digest('hex');
}

async function read(directory: string, name: string): Promise<string> {
  try {
    return await readFile(join(directory, name), 'utf8');
  } catch (error) {
    throw new CliError(`Cannot read ${join(directory, name)}: is the checkout complete?`, { cause: error });
  }
}
