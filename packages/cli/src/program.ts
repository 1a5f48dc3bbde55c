import { Command } from 'commander';
import { agentsCommand } from './commands/agents.js';
import { applyCommand } from './commands/apply.js';
import { cancelCommand } from './commands/cancel.js';
import { completeCommand, completionCommand } from './commands/completion.js';
import { contextCommand } from './commands/context.js';
import { demoCommand } from './commands/demo.js';
import { diffCommand } from './commands/diff.js';
import { dispatchCommand } from './commands/dispatch.js';
import { doctorCommand } from './commands/doctor.js';
import { fleetCommand } from './commands/fleet.js';
import { keysCommand } from './commands/keys.js';
import { logsCommand } from './commands/logs.js';
import { mcpCommand } from './commands/mcp.js';
import { profilesCommand } from './commands/profiles.js';
import { promoteCommand } from './commands/promote.js';
import { retryCommand } from './commands/retry.js';
import { runsCommand } from './commands/runs.js';
import { showCommand } from './commands/show.js';
import { upCommand } from './commands/up.js';
import { usageCommand } from './commands/usage.js';
import { webhooksCommand } from './commands/webhooks.js';
import { workspacesCommand } from './commands/workspaces.js';

/** The whole command line. What goes wrong in parsing it is thrown, as a CommanderError. */
export function createProgram(): Command {
  const program = new Command('outpost').description('A self-hosted fleet for coding agents.');
  program.commandsGroup('Work:');
  for (const command of [
    dispatchCommand(),
    runsCommand(),
    showCommand(),
    logsCommand(),
    cancelCommand(),
    retryCommand(),
    diffCommand(),
    applyCommand(),
    promoteCommand(),
  ])
    program.addCommand(command);
  program.commandsGroup('Look after it:');
  for (const command of [
    fleetCommand(),
    workspacesCommand(),
    contextCommand(),
    webhooksCommand(),
    usageCommand(),
    keysCommand(),
    profilesCommand(),
    mcpCommand(),
  ])
    program.addCommand(command);
  program.commandsGroup('On this machine:');
  for (const command of [upCommand(), demoCommand(), doctorCommand(), agentsCommand(), completionCommand()])
    program.addCommand(command);
  program.addCommand(completeCommand(program), { hidden: true });
  settle(program);
  return program;
}

// Settings are not handed down to commands that are added whole.
function settle(command: Command): void {
  command.exitOverride();
  for (const each of command.commands) settle(each);
}
