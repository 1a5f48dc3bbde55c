import { Argument, Command } from 'commander';
import { readProfiles } from '../api/profiles.js';
import { candidatesFor } from '../completion/candidates.js';
import { COMPLETION_SCRIPTS, SHELLS, type Shell } from '../completion/scripts.js';
import { readConfig } from '../config.js';

/** `outpost completion`. */
export function completionCommand(): Command {
  return new Command('completion')
    .description('print what makes a shell complete this command')
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .action((shell: Shell) => void process.stdout.write(COMPLETION_SCRIPTS[shell]));
}

/** `outpost __complete`: for the shells; one candidate in a line, with its description after a tab. */
export function completeCommand(program: Command): Command {
  return new Command('__complete').argument('[words...]').action(async (words: readonly string[]) => {
    const candidates = await candidatesFor(program, words, async (option) =>
      option.long === '--profile' ? profileNames() : [],
    );
    const lines = candidates.map(({ value, description }) => `${value}\t${description}\n`);
    process.stdout.write(lines.join(''));
  });
}

async function profileNames(): Promise<readonly string[]> {
  const { profiles } = await readProfiles(readConfig().configDir);
  return Object.keys(profiles);
}
