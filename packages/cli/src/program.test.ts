import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { createProgram } from './program.js';

/** What prints no result: a server's log is JSON, a protocol is its own, a script is for a shell. */
const WITHOUT_JSON = ['up', 'mcp', 'completion', '__complete'];

function leaves(command: Command): readonly Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);
}

test('every command that has a result has --json', () => {
  const without = leaves(createProgram()).filter(
    ({ options }) => !options.some(({ long }) => long === '--json'),
  );
  expect(without.map((command) => command.name()).toSorted()).toEqual(WITHOUT_JSON.toSorted());
});

test('every command and option says what it is for', () => {
  const commands = leaves(createProgram()).filter((command) => command.name() !== '__complete');
  for (const command of commands) {
    expect(command.description(), command.name()).not.toBe('');
    for (const { description, flags } of command.options) expect(description, flags).not.toBe('');
  }
});
