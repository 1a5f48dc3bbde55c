import { execa } from 'execa';
import { CLI } from './run-cli.js';

const SCRIPT = 'script';

/** Whether there is what makes a pseudo-terminal (Debian: util-linux, bsdutils). */
export async function hasTerminal(): Promise<boolean> {
  const { failed } = await execa(SCRIPT, ['--version'], { reject: false });
  return !failed;
}

export interface Terminal {
  /** All that was shown so far, with what steers the terminal. */
  shown(): string;
  /** Resolves once this was shown. */
  until(pattern: RegExp): Promise<RegExpExecArray>;
  type(keys: string): void;
  /** The exit code of the command. */
  readonly ended: Promise<number | undefined>;
}

/** Runs the command under a pseudo-terminal, as a person does. */
export function startInTerminal(
  args: readonly string[],
  { env, cwd }: { readonly env: Readonly<Record<string, string>>; readonly cwd: string },
): Terminal {
  const command = [process.execPath, CLI, ...args].map(quote).join(' ');
  const child = execa(SCRIPT, ['--quiet', '--return', '--flush', '--command', command, '/dev/null'], {
    extendEnv: false,
    env: { TERM: 'xterm-256color', SHELL: '/bin/sh', ...env },
    cwd,
    reject: false,
    buffer: false,
    stdin: 'pipe',
  });
  let shown = '';
  const waiting = new Set<() => void>();
  child.stdout.on('data', (chunk: Buffer) => {
    shown += chunk.toString();
    for (const look of waiting) look();
  });
  return {
    shown: () => shown,
    until: (pattern) =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = pattern.exec(shown);
          if (found === null) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      }),
    type: (keys) => void child.stdin.write(keys),
    ended: child.then(({ exitCode }) => exitCode),
  };
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
