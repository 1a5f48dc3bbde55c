import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { CliError } from '../cli-error.js';
import type { CliConfig } from '../config.js';
import { EXIT } from '../exit-code.js';

/** A text in a file; `-` is stdin. `what` is the word for it, should it be unreadable. */
export async function readInput(params: {
  readonly file: string;
  readonly what: string;
  readonly config: CliConfig;
}): Promise<string> {
  if (params.file === '-') return text(process.stdin);
  const file = resolve(params.config.callerDir, params.file);
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const message = `Cannot read ${params.what} from ${file} (${(error as NodeJS.ErrnoException).code}).`;
    throw new CliError(message, { exitCode: EXIT.usage });
  }
}
