import { execa } from 'execa';
import { mkdir } from 'node:fs/promises';
import { withAskpassHelper } from './askpass.js';
import {
  gitEnvironment,
  hasProxy,
  type Askpass,
  type GitEnvironmentParams,
  type GitHost,
} from './environment.js';
import { GitError } from './git-error.js';
import { remoteAccess } from './remote-access.js';
import { guardRemote, type RemotePin } from './remote-guard.js';

const KILL_AFTER_MS = 2_000;
const MAX_OUTPUT_BYTES = 512 * 1024 * 1024;
const MAX_STDERR_CHARACTERS = 16_384;

export interface RunGitParams {
  readonly host: GitHost;
  readonly args: readonly string[];
  readonly cwd: string;
  /** On top of {@link gitEnvironment}. */
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Uint8Array | { readonly file: string };
  /** The remote that the command talks to, with its credential; without it none is sent. */
  readonly remote?: { readonly url: string; readonly token: string | undefined };
  /** Ends git with all that it started. A TimeoutError as its reason counts as a time-out. */
  readonly signal?: AbortSignal | undefined;
}

/** Runs git in its own process group and resolves with its stdout. Rejects with a {@link GitError}. */
export async function runGit(params: RunGitParams): Promise<Buffer> {
  const { host, remote } = params;
  const access = remoteAccess(remote?.url ?? '');
  const pin = remote && (await pinOf(remote.url, host));
  const base: GitEnvironmentParams = { ...host, protocols: access.protocols, pin };
  const { tokenOrigin: origin } = access;
  const token = remote?.token;
  await mkdir(host.home, { recursive: true, mode: 0o700 });
  if (token === undefined || origin === undefined) return await spawnGit(params, base);
  return await withAskpassHelper(host.home, async (helper) => {
    const askpass: Askpass = { helper, origin, token };
    return await spawnGit(params, { ...base, askpass });
  });
}

async function pinOf(url: string, { remotes, ambient = {}, lookup }: GitHost): Promise<RemotePin> {
  return guardRemote({ url, policy: remotes, hasProxy: hasProxy(ambient), ...(lookup && { lookup }) });
}

async function spawnGit(params: RunGitParams, environment: GitEnvironmentParams): Promise<Buffer> {
  const { args, cwd, env, input, signal } = params;
  const result = await execa('git', args, {
    cwd,
    env: { ...gitEnvironment(environment), ...env },
    extendEnv: false,
    ...inputOf(input),
    encoding: 'buffer',
    stripFinalNewline: false,
    maxBuffer: { stdout: MAX_OUTPUT_BYTES, stderr: MAX_STDERR_CHARACTERS * 64 },
    ...(signal !== undefined && { cancelSignal: signal }),
    // git starts helpers (git-remote-https, ssh) that outlive it when it alone is killed.
    killDescendants: true,
    forceKillAfterDelay: KILL_AFTER_MS,
    reject: false,
  });
  if (!result.failed) return toBuffer(result.stdout);
  const stderr = toBuffer(result.stderr).toString('utf8').slice(-MAX_STDERR_CHARACTERS);
  throw new GitError({
    reason: reasonOf(result, signal),
    command: subcommandOf(args),
    exitCode: result.exitCode,
    stderr: withoutToken(stderr, environment.askpass?.token),
    stdout: toBuffer(result.stdout),
    cause: result.code === undefined ? undefined : new Error(result.code),
  });
}

function inputOf(input: RunGitParams['input']) {
  if (input === undefined) return { stdin: 'ignore' } as const;
  return typeof input === 'object' && 'file' in input ? { inputFile: input.file } : { input };
}

function reasonOf(
  result: { readonly isCanceled: boolean; readonly isMaxBuffer: boolean; readonly code?: string | undefined },
  signal: AbortSignal | undefined,
): GitError['reason'] {
  if (result.isCanceled) return isTimeout(signal) ? 'timed_out' : 'aborted';
  if (result.isMaxBuffer) return 'output_too_large';
  return result.code === 'ENOENT' ? 'not_installed' : 'failed';
}

function isTimeout(signal: AbortSignal | undefined): boolean {
  return signal?.reason instanceof DOMException && signal.reason.name === 'TimeoutError';
}

function subcommandOf(args: readonly string[]): string {
  return args.find((arg, index) => !arg.startsWith('-') && args[index - 1] !== '-c') ?? '';
}

// git does not print it; a remote that echoes the Authorization header could.
function withoutToken(text: string, token: string | undefined): string {
  return token === undefined ? text : text.replaceAll(token, '***');
}

function toBuffer(output: Uint8Array | undefined): Buffer {
  return output === undefined
    ? Buffer.alloc(0)
    : Buffer.from(output.buffer, output.byteOffset, output.byteLength);
}
