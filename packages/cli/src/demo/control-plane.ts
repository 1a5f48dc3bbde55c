import { execa } from 'execa';
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { CliError } from '../cli-error.js';
import type { Environment } from '../config.js';

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 25_000;
const TAIL_LINES = 15;

export interface ControlPlane extends AsyncDisposable {
  readonly url: string;
  /** Aborted, with what it said last, when it ends unasked. */
  readonly lost: AbortSignal;
  /** Ends it in good order (SIGTERM), or by force when it does not end. */
  stop(): Promise<void>;
}

type Child = ReturnType<typeof spawnServer>;

/** Starts a control plane as a child process, and waits until it listens. Its output goes to a file. */
export async function startControlPlane(params: {
  /** All of it: nothing is inherited. */
  readonly env: Environment;
  readonly cwd: string;
  readonly logFile: string;
  readonly signal?: AbortSignal | undefined;
  /** The module to run. Default: the control plane. */
  readonly module?: string;
}): Promise<ControlPlane> {
  const module = params.module ?? fileURLToPath(import.meta.resolve('@outpost/control-plane/main'));
  const child = spawnServer(module, params);
  const killAll = (): void => kill(child);
  process.once('exit', killAll);
  const output = watchOutput(child, params.logFile);
  const lost = new AbortController();
  let isStopping = false;
  const watch = async (): Promise<void> => {
    const { exitCode, signal } = await child;
    process.off('exit', killAll);
    if (!isStopping) lost.abort(output.failure(`ended unasked (${signal ?? `exit code ${exitCode}`})`));
  };
  const ended = watch();
  const stop = async (): Promise<void> => {
    isStopping = true;
    child.kill('SIGTERM');
    await Promise.race([ended, sleep(STOP_TIMEOUT_MS, undefined, { ref: false }).then(killAll)]);
    await ended;
    await output.close();
  };
  try {
    const tooLate = sleep(START_TIMEOUT_MS, undefined, { ref: false });
    const url = await Promise.race([
      output.url,
      tooLate.then(() =>
        Promise.reject(output.failure(`did not listen within ${START_TIMEOUT_MS / 1000} s`)),
      ),
      rejectedBy(lost.signal),
      ...(params.signal === undefined ? [] : [rejectedBy(params.signal)]),
    ]);
    return { url, lost: lost.signal, stop, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function spawnServer(module: string, { cwd, env }: { readonly cwd: string; readonly env: Environment }) {
  return execa(process.execPath, [module], {
    cwd,
    env,
    extendEnv: false,
    stdin: 'ignore',
    buffer: false,
    reject: false,
    // A Ctrl-C is for us: dispatches are cancelled through the API before their control plane goes.
    detached: true,
  });
}

/** Copies the output into the log file, keeps its end in mind and looks for the URL. */
function watchOutput(child: Child, logFile: string) {
  const log = createWriteStream(logFile, { flags: 'a' });
  const tail: string[] = [];
  const url = new Promise<string>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        log.write(`${line}\n`);
        tail.push(line);
        if (tail.length > TAIL_LINES) tail.shift();
        const listeningUrl = stream === child.stdout ? urlOf(line) : undefined;
        if (listeningUrl !== undefined) resolve(listeningUrl);
      });
    }
  });
  const failure = (what: string): CliError =>
    new CliError(
      [`The control plane ${what}.`, ...tail.map((line) => `  | ${line}`), `Log: ${logFile}`].join('\n'),
    );
  const close = (): Promise<void> => new Promise((resolve) => log.end(() => resolve()));
  return { url, failure, close };
}

async function rejectedBy(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

function urlOf(line: string): string | undefined {
  try {
    const entry = JSON.parse(line) as { event?: unknown; url?: unknown };
    return entry.event === 'listening' && typeof entry.url === 'string' ? entry.url : undefined;
  } catch {
    return undefined;
  }
}

// It leads a process group of its own.
function kill(child: Child): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}
