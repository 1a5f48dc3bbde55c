import type { AgentName } from '@outpost/contracts';
import { join } from 'node:path';
import type { CliConfig } from '../config.js';
import { buildAider } from './aider.js';
import { ensureInstalled } from './install-dir.js';
import { buildNpmAgent } from './npm-agent.js';
import { readPinned, type PinnedAgent } from './pinned.js';

export interface InstallResult {
  readonly pinned: PinnedAgent;
  readonly state: 'installed' | 'present';
  readonly seconds: number;
}

/** Where the repository pins the CLIs. */
export function imagesDirOf(config: CliConfig): string {
  return join(config.repoRoot, 'infra', 'images');
}

/** Installs the pinned CLI of one agent, unless it is there. */
export async function installAgent(params: {
  readonly agent: AgentName;
  readonly config: CliConfig;
  readonly imagesDir?: string;
  readonly signal?: AbortSignal | undefined;
}): Promise<InstallResult> {
  const { agent, config, signal } = params;
  const startedAt = performance.now();
  const pinned = await readPinned(params.imagesDir ?? imagesDirOf(config), agent);
  const buildAgent = agent === 'aider' ? buildAider : buildNpmAgent;
  const state = await ensureInstalled({
    agentsDir: config.agentsDir,
    pinned,
    build: (directory) => buildAgent({ pinned, directory, config, signal }),
  });
  return { pinned, state, seconds: (performance.now() - startedAt) / 1000 };
}

/** Installs several side by side: most of the time goes into downloads. Reports each as it ends. */
export async function installAgents(params: {
  readonly agents: readonly AgentName[];
  readonly config: CliConfig;
  readonly report: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}): Promise<{ readonly failures: readonly Error[] }> {
  const { agents, config, report, signal } = params;
  const failures: Error[] = [];
  await Promise.all(
    agents.map(async (agent) => {
      try {
        report(lineOf(await installAgent({ agent, config, signal })));
      } catch (error) {
        signal?.throwIfAborted();
        failures.push(error instanceof Error ? error : new Error(String(error)));
        report(`${agent.padEnd(8)}failed`);
      }
    }),
  );
  return { failures };
}

function lineOf({ pinned, state, seconds }: InstallResult): string {
  const what = state === 'present' ? 'already installed' : `installed in ${seconds.toFixed(1)} s`;
  return `${pinned.agent.padEnd(8)}${pinned.version.padEnd(10)}${what}`;
}
