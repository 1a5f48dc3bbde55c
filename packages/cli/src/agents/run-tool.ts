import { execa } from 'execa';
import { CliError } from '../cli-error.js';
import type { Environment } from '../config.js';

const TAIL_LINES = 12;

export interface ToolParams {
  /** What it is for: `Installing claude`. */
  readonly purpose: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment: nothing is inherited. */
  readonly env: Environment;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** What to do when the tool itself is missing. */
  readonly missing: string;
}

/** Runs a tool to its end and returns what it printed; a failure says what failed, why, and what to do. */
export async function runTool(params: ToolParams): Promise<string> {
  const result = await execa(params.file, [...params.args], {
    cwd: params.cwd,
    env: params.env,
    extendEnv: false,
    stdin: 'ignore',
    timeout: params.timeoutMs,
    forceKillAfterDelay: 2_000,
    reject: false,
    all: true,
    ...(params.signal !== undefined && { cancelSignal: params.signal }),
  });
  params.signal?.throwIfAborted();
  if (!result.failed) return result.all;
  throw new CliError(messageOf(params, result));
}

interface Failure {
  readonly all?: string;
  readonly code?: string | undefined;
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
  readonly timedOut: boolean;
}

function messageOf(params: ToolParams, failure: Failure): string {
  const { purpose, file } = params;
  if (failure.code === 'ENOENT') return `${purpose} failed: ${file} was not found. ${params.missing}`;
  const command = [file, ...params.args].join(' ');
  const output = failure.all ?? '';
  return [
    `${purpose} failed: \`${command}\` ${endOf(params, failure)}.`,
    ...tailOf(output),
    adviceOn(output),
  ].join('\n');
}

function endOf(params: ToolParams, failure: Failure): string {
  if (failure.timedOut) return `did not end within ${params.timeoutMs / 1000} s`;
  if (failure.signal !== undefined) return `was ended by ${failure.signal}`;
  return failure.exitCode === undefined
    ? `could not be started (${failure.code})`
    : `exited with ${failure.exitCode}`;
}

function tailOf(output: string): readonly string[] {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  return lines.slice(-TAIL_LINES).map((line) => `  | ${line}`);
}

function adviceOn(output: string): string {
  if (
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|NewConnectionError|network/i.test(
      output,
    )
  ) {
    return 'The package registry cannot be reached. Check the network and the proxy (HTTPS_PROXY), then run it again.';
  }
  if (/CERT|certificate/i.test(output)) {
    return 'The registry has a certificate that is not trusted here. Set NODE_EXTRA_CA_CERTS (npm) or PIP_CERT (pip).';
  }
  if (/ENOSPC|No space left/i.test(output)) return 'The disk is full. The four npm CLIs need about 1.3 GB.';
  if (/EACCES|EPERM|Permission denied/i.test(output)) return 'Check the permissions of the data directory.';
  if (/EINTEGRITY/.test(output))
    return 'What was downloaded is not what the lock file pins. Try `npm cache verify`.';
  if (/Could not find a version|No matching distribution/i.test(output)) {
    return 'The package index does not have this release for this Python.';
  }
  return 'Run it again; if it fails again, the lines above say why.';
}
