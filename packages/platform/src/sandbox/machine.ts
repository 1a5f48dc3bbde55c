import type { AgentName } from '@outpost/contracts';
import { accessSync, constants } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

/** Where sandboxes are to be made. */
export interface Machine {
  /** Directories of executables, as PATH holds them. */
  readonly path: string;
  /** Outpost's own data: nothing of an agent's. Absolute. */
  readonly dataDir: string;
  /** Where the CLIs are. Absolute. */
  readonly agentsDir: string;
  /** The user that agents run as where this process may change users; one for each worker when undefined. */
  readonly agentUser: number | undefined;
  readonly engine: EngineAddress;
  /** Images to use in place of Outpost's own, by agent. */
  readonly images: Readonly<Partial<Record<AgentName, string>>>;
}

/** Where a container engine is looked for. */
export interface EngineAddress {
  /** As DOCKER_HOST or CONTAINER_HOST names it; undefined: at the usual places. */
  readonly host: string | undefined;
  /** XDG_RUNTIME_DIR: the engines of a user without root listen there. */
  readonly runtimeDir: string | undefined;
}

/** Far from the ids that people and services have. */
const FIRST_USER = 100_000;

/** A user that no other worker of this machine has: agents of two dispatches can then not look at each other. */
export function agentUserOf({ agentUser }: Machine): number {
  return agentUser ?? FIRST_USER + process.pid;
}

/** Only root may change users. */
export function mayChangeUser(): boolean {
  return process.getuid?.() === 0;
}

/** Absolute path; undefined when there is no such executable. */
export function findExecutable(name: string, path: string): string | undefined {
  return path
    .split(delimiter)
    .filter((directory) => isAbsolute(directory))
    .map((directory) => join(directory, name))
    .find((file) => isExecutable(file));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
