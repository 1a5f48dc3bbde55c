/** Child processes: started without a shell, told about our signals, and their exit code handed back. */
import { spawn } from 'node:child_process';
import os from 'node:os';
import process from 'node:process';
import { SetupError } from './say.mjs';

const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const REPEAT_WINDOW_MS = 1000;
const PARENT_POLL_MS = 500;

/**
 * Whether a signal we received should be passed on to the child. A terminal gives Ctrl-C to the whole foreground
 * group, so the child already has it; and npm passes on what it received itself, so the same signal often reaches
 * us twice. A server takes a second signal as "stop at once", which nobody asked for.
 */
export function shouldForward(signal, { isTerminal, lastForwardedAt = Number.NEGATIVE_INFINITY, now }) {
  if (signal === 'SIGINT' && isTerminal) return false;
  return now - lastForwardedAt > REPEAT_WINDOW_MS;
}

/**
 * Runs a command to its end. `output: 'keep'` collects what it prints (shown only if it fails), `'stderr'` sends
 * everything to our stderr, `'inherit'` lets it have the terminal.
 */
export function run(command, args, { cwd, env, output = 'inherit' }) {
  const stdio = {
    keep: ['ignore', 'pipe', 'pipe'],
    stderr: ['inherit', process.stderr, 'inherit'],
    inherit: 'inherit',
  }[output];
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio });
    const printed = [];
    child.stdout?.on('data', (chunk) => printed.push(chunk));
    child.stderr?.on('data', (chunk) => printed.push(chunk));

    const lastForwardedAt = {};
    let interruptedBy;
    const onSignal = (signal) => {
      interruptedBy = signal;
      const now = Date.now();
      const isTerminal = process.stdin.isTTY;
      if (!shouldForward(signal, { isTerminal, lastForwardedAt: lastForwardedAt[signal], now })) return;
      lastForwardedAt[signal] = now;
      child.kill(signal);
    };
    for (const signal of FORWARDED) process.on(signal, onSignal);
    const stopWatching = watchParent(() => onSignal('SIGTERM'));
    const settle = () => {
      stopWatching();
      for (const signal of FORWARDED) process.off(signal, onSignal);
    };

    child.on('error', (error) => {
      settle();
      reject(new SetupError(`${command} could not be started: ${error.message}.`));
    });
    child.on('close', (code, signal) => {
      settle();
      const exitCode = code ?? exitCodeOf(signal);
      resolve({ exitCode, interruptedBy, output: Buffer.concat(printed).toString('utf8') });
    });
  });
}

/**
 * Calls back once if npm is gone. `kill <npm>` ends npm and the shell between us, without a word to us; the server
 * would live on and hold its port. Only under npm: without it, our parent is a shell that may well be closed.
 */
function watchParent(onGone) {
  if (!process.env.npm_lifecycle_event) return () => {};
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    onGone();
  }, PARENT_POLL_MS);
  return () => clearInterval(timer);
}

/** The shell's convention: 128 plus the signal's number. */
export function exitCodeOf(signal) {
  return 128 + (os.constants.signals[signal] ?? 0);
}

/** Runs one command of the set-up. Quiet when it works; when it does not, its output and `advice(output)` are shown. */
export async function runStep(command, args, { cwd, env, advice }) {
  const { exitCode, interruptedBy, output } = await run(command, args, { cwd, env, output: 'keep' });
  if (interruptedBy) throw new SetupError('Interrupted.', { exitCode: exitCodeOf(interruptedBy) });
  if (exitCode !== 0) throw new SetupError(advice(output), { output });
  return output;
}
