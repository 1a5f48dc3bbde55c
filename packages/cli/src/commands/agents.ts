import { AGENT_NAMES, type AgentName } from '@outpost/contracts';
import { Argument, Command } from 'commander';
import { aiderAdvice } from '../agents/aider.js';
import { imagesDirOf, installAgents } from '../agents/install.js';
import { installedVersion, isInstalled } from '../agents/install-dir.js';
import { NPM_AGENTS, readPinned } from '../agents/pinned.js';
import { CliError } from '../cli-error.js';
import { readConfig, type CliConfig } from '../config.js';
import { untilInterrupted } from '../interrupt.js';
import { Output } from '../terminal/output.js';
import { renderTable } from '../terminal/table.js';

/** `outpost agents install|list`. */
export function agentsCommand(): Command {
  const command = new Command('agents').description(
    'the agent CLIs of this machine, as infra/images pins them',
  );
  command
    .command('install')
    .description('install the pinned CLI of an agent; without a name, of all that come from npm')
    .addArgument(new Argument('[name]', 'the agent').choices(AGENT_NAMES))
    .option('--json', 'print the result as JSON on stdout; progress goes to stderr')
    .action(install);
  command
    .command('list')
    .description('what is pinned and what is installed')
    .option('--json', 'print the result as JSON on stdout')
    .action(list);
  return command;
}

interface JsonOption {
  readonly json?: true;
}

async function install(name: AgentName | undefined, { json }: JsonOption): Promise<void> {
  const config = readConfig();
  const agents = name === undefined ? NPM_AGENTS : [name];
  const stream = json === true ? process.stderr : process.stdout;
  const report = (line: string): void => void stream.write(`${line}\n`);
  const { failures } = await untilInterrupted((signal) => installAgents({ agents, config, report, signal }));
  if (name === undefined) report(await aiderLine(config));
  if (json === true) new Output({ isJson: true }).result({ agents: await inventoryOf(config) }, () => '');
  if (failures.length > 0) throw new CliError(failures.map((failure) => failure.message).join('\n\n'));
}

/** Aider is a large download that few runs need: it is not installed unasked. */
async function aiderLine(config: CliConfig): Promise<string> {
  const pinned = await readPinned(imagesDirOf(config), 'aider');
  const installed = await isInstalled(config.agentsDir, pinned);
  const what = installed ? 'already installed' : `not installed; ${await aiderAdvice(config)}`;
  return `${'aider'.padEnd(8)}${pinned.version.padEnd(10)}${what}`;
}

async function list({ json }: JsonOption): Promise<void> {
  const config = readConfig();
  const agents = await inventoryOf(config);
  const rows = agents.map(({ agent, pinned, installed, isPinned }) => [
    agent,
    pinned,
    installed ?? '-',
    isPinned ? '' : `npm run outpost -- agents install ${agent}`,
  ]);
  const columns = ['agent', 'pinned', 'installed', ''].map((title) => ({ title }));
  new Output({ isJson: json === true }).result(
    { directory: config.agentsDir, agents },
    () => `${renderTable(columns, rows)}\n\nin ${config.agentsDir}`,
  );
}

async function inventoryOf(config: CliConfig) {
  return Promise.all(
    AGENT_NAMES.map(async (agent) => {
      const pinned = await readPinned(imagesDirOf(config), agent);
      const installed = await installedVersion(config.agentsDir, pinned);
      const isPinned = await isInstalled(config.agentsDir, pinned);
      return { agent, pinned: pinned.version, installed: installed ?? null, isPinned };
    }),
  );
}
