import { Command } from 'commander';
import { CliError } from './cli-error.js';
import { agentsCommand } from './commands/agents.js';
import { demoCommand } from './commands/demo.js';
import { upCommand } from './commands/up.js';

const program = new Command('outpost')
  .description('A self-hosted fleet for coding agents.')
  .showHelpAfterError()
  .addCommand(upCommand())
  .addCommand(demoCommand())
  .addCommand(agentsCommand());

try {
  await program.parseAsync();
} catch (error) {
  const isExpected = error instanceof CliError;
  process.stderr.write(`${isExpected ? error.message : inspectable(error)}\n`);
  process.exitCode = isExpected ? error.exitCode : 1;
}

function inspectable(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
