import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

/** Lets Node run TypeScript sources, whose imports name the `.js` that they are compiled to. */
const RESOLVE_SOURCES = `
  import { registerHooks } from 'node:module';
  registerHooks({
    resolve(specifier, context, next) {
      try {
        return next(specifier, context);
      } catch (error) {
        if (!specifier.endsWith('.js')) throw error;
        return next(specifier.slice(0, -3) + '.ts', context);
      }
    },
  });`;

/** What it compiles it compiles once for all tests. */
const NODE_COMPILE_CACHE = fileURLToPath(new URL('../../node_modules/.cache/node', import.meta.url));

export interface ChildNode {
  readonly pid: number;
  /** All that it wrote to stdout, once it has ended. Rejects when it did not end well. */
  readonly output: Promise<string>;
  kill(): void;
}

/**
 * Runs an ES module in a process of its own: what two processes do to each other cannot be seen in one. `within`: a
 * command that runs the one that follows it, such as `unshare`.
 */
export function runInChild(
  source: string,
  args: readonly string[] = [],
  within: readonly string[] = [],
): ChildNode {
  const hooks = `data:text/javascript,${encodeURIComponent(RESOLVE_SOURCES)}`;
  const node = [process.execPath, '--import', hooks, '--input-type=module', '-e', source, '--', ...args];
  const [executable = process.execPath, ...rest] = [...within, ...node];
  const child = spawn(executable, rest, { stdio: ['ignore', 'pipe', 'pipe'], env: { NODE_COMPILE_CACHE } });
  if (child.pid === undefined) throw new Error('No process could be started.');
  const ended = new Promise<void>((resolve, reject) => {
    const errors = text(child.stderr);
    child.once('close', (code, signal) => {
      if (code === 0) resolve();
      else void errors.then((message) => reject(new Error(`ended with ${code ?? signal}: ${message}`)));
    });
  });
  const output = Promise.all([text(child.stdout), ended]).then(([written]) => written);
  // Whoever kills it does not ask how it ended.
  output.catch(() => undefined);
  return { pid: child.pid, output, kill: () => void child.kill('SIGKILL') };
}
