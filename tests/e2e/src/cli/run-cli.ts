import { COMPILE_CACHE, PATH, REPOSITORY_ROOT, temporaryDirectory } from '@outpost/test-support';
import { execa } from 'execa';
import { join } from 'node:path';

export const CLI = join(REPOSITORY_ROOT, 'packages/cli/bin/outpost.js');

export interface CliOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

export interface CliResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The environment of a person who has set nothing up. */
export async function bareEnvironment(): Promise<Record<string, string>> {
  const home = await temporaryDirectory();
  return {
    PATH,
    NODE_COMPILE_CACHE: COMPILE_CACHE,
    HOME: home,
    XDG_CONFIG_HOME: join(home, 'config'),
    OUTPOST_DATA_DIR: join(home, 'data'),
    GIT_CONFIG_NOSYSTEM: '1',
  };
}

/** Starts the real command, as a process of its own. */
export function startCli(args: readonly string[], { cwd, env = {}, input }: CliOptions) {
  return execa(process.execPath, [CLI, ...args], {
    extendEnv: false,
    env,
    reject: false,
    ...(cwd !== undefined && { cwd }),
    ...(input === undefined ? { stdin: 'ignore' } : { input }),
  });
}

export async function runCli(args: readonly string[], options: CliOptions): Promise<CliResult> {
  const { exitCode, stdout, stderr } = await startCli(args, options);
  return { exitCode: exitCode ?? -1, stdout, stderr };
}

/** Runs it and reads its JSON; throws what it says when it fails. */
export async function cliJson<T>(args: readonly string[], options: CliOptions): Promise<T> {
  const { exitCode, stdout, stderr } = await runCli([...args, '--json'], options);
  if (exitCode !== 0) throw new Error(`outpost ${args.join(' ')} exited with ${exitCode}: ${stderr}`);
  return JSON.parse(stdout) as T;
}

/** Which dispatch a command that waits has made. */
export async function dispatchIdSaid(waiting: ReturnType<typeof startCli>): Promise<string> {
  let said = '';
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  waiting.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
    const dispatchId = /^Dispatched ([0-9A-Z]{26}) /m.exec(said)?.[1];
    if (dispatchId !== undefined) resolve(dispatchId);
  });
  waiting.stderr.once('end', () => reject(new Error(`it ended without a dispatch: ${said}`)));
  return promise;
}
