import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';

/** Reads a secret: from a terminal without showing what is typed, else all of stdin. Never from an argument. */
export async function askSecret(question: string): Promise<string> {
  if (!process.stdin.isTTY) return (await text(process.stdin)).trim();
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true });
  // Only now: the terminal itself would show what is typed any earlier.
  process.stderr.write(question);
  try {
    const interrupted = new Promise<never>((_, reject) => {
      // The terminal is in raw mode, so that Ctrl-C is a key like others.
      lines.once('SIGINT', () => reject(new Error('Interrupted.')));
    });
    return (await Promise.race([lines.question(''), interrupted])).trim();
  } finally {
    lines.close();
    process.stderr.write('\n');
  }
}
