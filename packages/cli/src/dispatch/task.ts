import { execa } from 'execa';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CliError } from '../cli-error.js';
import type { CliConfig } from '../config.js';
import { EXIT } from '../exit-code.js';
import { readInput } from '../terminal/read-input.js';

const TEMPLATE = `
# Say what the agent should do. Lines that begin with # are left out; an empty task is not dispatched.
`;

/** The task: said as an argument, in a file (`-` is stdin), on stdin, or, in front of a terminal, in an editor. */
export async function readTask(params: {
  readonly argument: string | undefined;
  readonly file: string | undefined;
  readonly config: CliConfig;
}): Promise<string> {
  const { argument, file, config } = params;
  if (argument !== undefined && file !== undefined) {
    throw usage('Say the task as an argument or with --file, not both.');
  }
  if (argument !== undefined) return argument;
  if (file === undefined && process.stdin.isTTY) return fromEditor(config);
  return readInput({ file: file ?? '-', what: 'the task', config });
}

async function fromEditor({ editor = 'vi' }: CliConfig): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'outpost-task-'));
  try {
    const file = join(directory, 'TASK.md');
    await writeFile(file, TEMPLATE, { mode: 0o600 });
    // As git does it: the variable is a command of a shell, with its own arguments.
    const { failed } = await execa('sh', ['-c', `${editor} "$@"`, editor, file], {
      stdio: 'inherit',
      reject: false,
    });
    if (failed) throw usage(`The editor \`${editor}\` failed. Set EDITOR, or say the task as an argument.`);
    const task = (await readFile(file, 'utf8')).replaceAll(/^#.*\n?/gm, '').trim();
    if (task === '') throw usage('The task is empty: nothing was dispatched.');
    return task;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function usage(message: string): CliError {
  return new CliError(message, { exitCode: EXIT.usage });
}
