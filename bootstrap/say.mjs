/**
 * Everything the bootstrap says goes to stderr: stdout belongs to the command it starts, which may be printing
 * JSON for another program to read.
 */
import process from 'node:process';

export function say(text) {
  process.stderr.write(`outpost: ${text}\n`);
}

/** A failure with advice: printed without a stack trace, because the reader is a user and not a maintainer. */
export class SetupError extends Error {
  constructor(message, { output = '', exitCode = 1 } = {}) {
    super(message);
    this.output = output;
    this.exitCode = exitCode;
  }
}

/** Runs one step of the set-up and gives it one line: what is happening, how it ended, how long it took. */
export async function step(title, work) {
  const startedAt = Date.now();
  process.stderr.write(`outpost: ${title} ... `);
  try {
    const { note, ...result } = await work();
    process.stderr.write(`${note} (${seconds(startedAt)})\n`);
    return result;
  } catch (error) {
    process.stderr.write(`failed (${seconds(startedAt)})\n`);
    throw error;
  }
}

export function seconds(startedAt, now = Date.now()) {
  return `${((now - startedAt) / 1000).toFixed(1)} s`;
}
