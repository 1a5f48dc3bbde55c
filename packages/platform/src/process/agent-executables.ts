import { AGENTS, type AgentName } from '@outpost/contracts';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import type { AgentExecutables } from '../ports/agent-inventory.js';

/** Where the CLIs of this machine are looked for. */
export interface AgentExecutableOptions {
  /** Executables to run in place of a CLI: OUTPOST_AGENT_COMMAND_<AGENT>. */
  readonly commands: Readonly<Partial<Record<AgentName, string>>>;
  /** Where `outpost agents install` puts them. */
  readonly agentsDir: string;
  /** The PATH to fall back to. */
  readonly path: string;
}

export function createAgentExecutables(where: AgentExecutableOptions): AgentExecutables {
  return {
    locate: (agent) => locateAgent(agent, where),
    isReplaced: (agent) => where.commands[agent] !== undefined,
  };
}

function locateAgent(agent: AgentName, where: AgentExecutableOptions): string | undefined {
  const command = where.commands[agent];
  if (command !== undefined) return isAbsolute(command) ? existing(command) : onPath(command, where.path);
  return existing(installedPath(agent, where.agentsDir)) ?? onPath(AGENTS[agent].executable, where.path);
}

/** Where `outpost agents install` leaves the executable of an agent. */
function installedPath(agent: AgentName, agentsDir: string): string {
  const { registry, executable } = AGENTS[agent];
  const bin = registry === 'npm' ? ['node_modules', '.bin'] : ['venv', 'bin'];
  return join(agentsDir, agent, ...bin, executable);
}

function onPath(name: string, path: string): string | undefined {
  return path
    .split(delimiter)
    .filter((directory) => isAbsolute(directory))
    .map((directory) => existing(join(directory, name)))
    .find((file) => file !== undefined);
}

function existing(file: string): string | undefined {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile() ? file : undefined;
  } catch {
    return undefined;
  }
}
