import { CommanderError } from 'commander';
import { CliError } from './cli-error.js';
import { EXIT } from './exit-code.js';
import { createProgram } from './program.js';

// A pager or `head` that has seen enough is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

try {
  await createProgram().parseAsync();
} catch (error) {
  // Commander has said itself what was wrong.
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage;
  else {
    const isExpected = error instanceof CliError;
    process.stderr.write(`${isExpected ? error.message : inspectable(error)}\n`);
    process.exitCode = isExpected ? error.exitCode : EXIT.failed;
  }
}

function inspectable(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
