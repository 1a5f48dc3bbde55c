import type { Command, Option } from 'commander';

/** What may stand where the cursor is. */
export interface Candidate {
  readonly value: string;
  readonly description: string;
}

/** What a word may be that the tree of commands does not know, such as a profile's name. */
export type ValuesOf = (option: Option) => Promise<readonly string[]>;

/** What may come next after `words`, the last of which is being typed (and may be empty). */
export async function candidatesFor(
  program: Command,
  words: readonly string[],
  valuesOf: ValuesOf,
): Promise<readonly Candidate[]> {
  const typed = words.at(-1) ?? '';
  const { command, pending } = walk(program, words.slice(0, -1));
  const all = pending === undefined ? afterCommand(command, typed) : await values(pending, valuesOf);
  return all.filter(({ value }) => value.startsWith(typed));
}

/** The command that the words lead to, and the option that waits for its value. */
function walk(program: Command, words: readonly string[]): { command: Command; pending: Option | undefined } {
  let command = program;
  let pending: Option | undefined;
  for (const word of words) {
    if (pending !== undefined) {
      pending = undefined;
      continue;
    }
    const option = command.options.find(({ short, long }) => word === short || word === long);
    if (option !== undefined) pending = option.required || option.optional ? option : undefined;
    else command = command.commands.find((each) => each.name() === word) ?? command;
  }
  return { command, pending };
}

function afterCommand(command: Command, typed: string): readonly Candidate[] {
  if (typed.startsWith('-')) {
    return [...command.options, ...helpOf(command)].flatMap(({ long, description }) =>
      long === undefined || long === null ? [] : [{ value: long, description }],
    );
  }
  const help = command.createHelp();
  const commands = help
    .visibleCommands(command)
    .filter((each) => each.name() !== 'help')
    .map((each) => ({ value: each.name(), description: each.description() }));
  const choices = command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices);
  return [...commands, ...choices.map((value) => ({ value, description: '' }))];
}

function helpOf(command: Command): readonly Pick<Option, 'long' | 'description'>[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .filter(({ long }) => long === '--help');
}

async function values(option: Option, valuesOf: ValuesOf): Promise<readonly Candidate[]> {
  const known = option.argChoices ?? (await valuesOf(option));
  return known.map((value) => ({ value, description: '' }));
}
