import type { AgentName } from '@outpost/contracts';
import type { AgentAdapter } from './adapter.js';
import { aider } from './aider.js';
import { claude } from './claude.js';
import { codex } from './codex.js';
import { gemini } from './gemini.js';
import { grok } from './grok.js';

export type * from './adapter.js';

const ADAPTERS: Readonly<Record<AgentName, AgentAdapter>> = { claude, codex, gemini, aider, grok };

/** The adapter of an agent's CLI. */
export function adapterFor(agent: AgentName): AgentAdapter {
  return ADAPTERS[agent];
}
