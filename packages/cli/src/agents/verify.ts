import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CliError } from '../cli-error.js';
import type { Environment } from '../config.js';
import type { PinnedAgent } from './pinned.js';
import { runTool } from './run-tool.js';

/** Keeps a CLI from calling home or replacing itself while it is only asked for its version. */
const QUIET: Environment = {
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
  DISABLE_AUTOUPDATER: '1',
  GROK_DISABLE_AUTOUPDATER: '1',
  GROK_TELEMETRY_ENABLED: 'false',
};

/** Starts a CLI once: it must run on this machine and be the pinned release. */
export async function verifyVersion(params: {
  readonly pinned: PinnedAgent;
  readonly executable: string;
  readonly path: string;
  readonly signal?: AbortSignal | undefined;
}): Promise<void> {
  const { pinned, executable, path } = params;
  // A HOME of its own: some CLIs write their settings, or a copy of themselves, at the first start.
  const home = await mkdtemp(join(tmpdir(), 'outpost-verify-'));
  try {
    const output = await runTool({
      purpose: `Starting ${pinned.agent}`,
      file: executable,
      args: ['--version'],
      cwd: home,
      env: { ...QUIET, PATH: path, HOME: home },
      timeoutMs: 60_000,
      signal: params.signal,
      missing: `Its package did not bring the executable.`,
    });
    if (!mentions(output, pinned.version)) {
      const said = output.trim().split('\n').at(-1) ?? '';
      throw new CliError(`${pinned.agent} should be ${pinned.version}, but \`--version\` says: ${said}`);
    }
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

/** Whether the version stands in the text as a whole: 1.2.3 is neither in 1.2.34 nor in 11.2.3. */
export function mentions(text: string, version: string): boolean {
  return text.split(/[^0-9A-Za-z.+-]+/).some((word) => word === version || word === `v${version}`);
}
