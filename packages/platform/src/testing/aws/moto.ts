import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';

const COMMAND = 'moto_server';
const LISTENING = /Running on (http:\/\/127\.0\.0\.1:\d+)/;

/** Every service at one URL. */
export interface MotoServer {
  readonly url: string;
  /** Forgets all that was made. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

/** Starts moto, a second opinion on AWS, on a free port of loopback. Undefined, and says so, where it is not installed. */
export async function startMoto(): Promise<MotoServer | undefined> {
  const path = findOnPath(COMMAND);
  if (path === undefined) {
    console.warn(`${COMMAND} is not on PATH: the conformance suites are not run against it.`);
    return undefined;
  }
  const child = spawn(path, ['-H', '127.0.0.1', '-p', '0'], { stdio: ['ignore', 'ignore', 'pipe'] });
  const url = await urlSaidBy(child);
  return {
    url,
    async reset() {
      const response = await fetch(`${url}/moto-api/reset`, { method: 'POST' });
      if (!response.ok) throw new Error(`${COMMAND} could not be reset: ${response.status}`);
    },
    close: () => end(child),
  };
}

/** It says on stderr where it listens, once it does. */
async function urlSaidBy(child: ChildProcess): Promise<string> {
  const failed = once(child, 'error').then(([error]) => Promise.reject(error as Error));
  const said = (async () => {
    for await (const line of createInterface({ input: child.stderr! })) {
      const url = LISTENING.exec(line)?.[1];
      if (url !== undefined) return url;
    }
    throw new Error(`${COMMAND} ended before it listened.`);
  })();
  const url = await Promise.race([failed, said]);
  // Nobody reads what it says of every request: it must not wait for a reader.
  child.stderr!.resume();
  return url;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}

function findOnPath(command: string): string | undefined {
  const directories = (process.env['PATH'] ?? '').split(delimiter).filter((directory) => directory !== '');
  return directories.map((directory) => join(directory, command)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
