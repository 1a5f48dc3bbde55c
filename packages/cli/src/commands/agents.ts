import { AGENT_NAMES, type AgentName } from '@outpost/contracts';
import { Command, InvalidArgumentError } from 'commander';
import { aiderAdvice } from '../agents/aider.js';
import { imagesDirOf, installAgents } from '../agents/install.js';
import { installedVersion, isInstalled } from '../agents/install-dir.js';
import { NPM_AGENTS, readPinned } from '../agents/pinned.js';
import { CliError } from '../cli-error.js';
import { readConfig, type CliConfig } from '../config.js';
import { untilInterrupted } from '../interrupt.js';
import { renderTable } from '../terminal/table.js';

/** `outpost agents install|list`. */
export function agentsCommand(): Command {
  const command = new Command('agents').description(
    'the agent CLIs of this machine, as infra/images pins them',
  );
  command
    .command('install')
    .description('install the pinned CLI of an agent; without a name, of all that come from npm')
    .argument('[name]', AGENT_NAMES.join(', '), agentName)
    .action(install);
  command.command('list').description('what is pinned and what is installed').action(list);
  return command;
}

function agentName(value: string): AgentName {
  const agent = AGENT_NAMES.find((name) => name === value);
  if (agent === undefined) throw new InvalidArgumentError(`Must be one of: ${AGENT_NAMES.join(', ')}.`);
  return agent;
}

async function install(name: AgentName | undefined): Promise<void> {
  const config = readConfig();
  const agents = name === undefined ? NPM_AGENTS : [name];
  const report = (line: string): void => void process.stdout.write(`${line}\n`);
  const { failures } = await untilInterrupted((signal) => installAgents({ agents, config, report, signal }));
  if (name === undefined) report(await aiderLine(config));
  if (failures.length > 0) throw new CliError(failures.map((failure) => failure.message).join('\n\n'));
}

/** Aider is a large download that few runs need: it is not installed unasked. */
async function aiderLine(config: CliConfig): Promise<string> {
  const pinned = await readPinned(imagesDirOf(config), 'aider');
  const installed = await isInstalled(config.agentsDir, pinned);
  const what = installed ? 'already installed' : `not installed; ${await aiderAdvice(config)}`;
  return `${'aider'.padEnd(8)}${pinned.version.padEnd(10)}${what}`;
}

async function list(): Promise<void> {
  const config = readConfig();
  const rows = await Promise.all(
    AGENT_NAMES.map(async (agent) => {
      const pinned = await readPinned(imagesDirOf(config), agent);
      const installed = await installedVersion(config.agentsDir, pinned);
      const note = (await isInstalled(config.agentsDir, pinned))
        ? ''
        : `npm run outpost -- agents install ${agent}`;
      return [agent, pinned.version, installed ?? '-', note];
    }),
  );
  const columns = ['agent', 'pinned', 'installed', ''].map((title) => ({ title }));
  process.stdout.write(`${renderTable(columns, rows)}\n\nin ${config.agentsDir}\n`);
}
