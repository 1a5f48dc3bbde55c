import { z } from 'zod';
import type { TierName } from './tiers.js';

/** The coding agents that Outpost can dispatch to. */
export const AGENT_NAMES = ['claude', 'codex', 'gemini', 'aider', 'grok'] as const;

export const AgentNameSchema = z
  .enum(AGENT_NAMES)
  .meta({ id: 'AgentName', description: 'A coding agent CLI.' });
export type AgentName = z.infer<typeof AgentNameSchema>;

/** What the fleet knows about an agent before it runs anything. */
export interface AgentDefinition {
  readonly displayName: string;
  readonly vendor: string;
  readonly strengths: string;
  /** Used when a dispatch names no `modelId`. */
  readonly defaultModelId: string;
  readonly tier: TierName;
  /** Executable that the CLI's package installs. */
  readonly executable: string;
  /** The package that the CLI comes in. */
  readonly packageName: string;
  /** Environment variable that carries the provider key; also the key's name inside the agent's secret. */
  readonly apiKeyVariable: string;
  /** Environment variable that moves the CLI to another endpoint (a proxy, a gateway, a scripted model). */
  readonly baseUrlVariable: string;
  /** Host of the provider's own endpoint. */
  readonly apiHost: string;
  /** Where the pinned CLI comes from. */
  readonly registry: 'npm' | 'pypi';
}

/** The fleet. Model ids and tiers are the user's choice; `infra/images/<agent>/cli` pins the CLI versions. */
export const AGENTS: Readonly<Record<AgentName, AgentDefinition>> = {
  claude: {
    displayName: 'Claude Code',
    vendor: 'Anthropic',
    strengths: 'Complex reasoning',
    defaultModelId: 'claude-opus-4-5-20251101',
    tier: 'flagship',
    executable: 'claude',
    packageName: '@anthropic-ai/claude-code',
    apiKeyVariable: 'ANTHROPIC_API_KEY',
    baseUrlVariable: 'ANTHROPIC_BASE_URL',
    apiHost: 'api.anthropic.com',
    registry: 'npm',
  },
  codex: {
    displayName: 'OpenAI Codex',
    vendor: 'OpenAI',
    strengths: 'Code generation, tests',
    defaultModelId: 'gpt-5.2-codex',
    tier: 'balanced',
    executable: 'codex',
    packageName: '@openai/codex',
    apiKeyVariable: 'OPENAI_API_KEY',
    baseUrlVariable: 'OPENAI_BASE_URL',
    apiHost: 'api.openai.com',
    registry: 'npm',
  },
  gemini: {
    displayName: 'Gemini CLI',
    vendor: 'Google',
    strengths: 'Analysis, docs',
    defaultModelId: 'gemini-3-pro-preview',
    tier: 'balanced',
    executable: 'gemini',
    packageName: '@google/gemini-cli',
    apiKeyVariable: 'GEMINI_API_KEY',
    baseUrlVariable: 'GOOGLE_GEMINI_BASE_URL',
    apiHost: 'generativelanguage.googleapis.com',
    registry: 'npm',
  },
  aider: {
    displayName: 'Aider',
    vendor: 'Aider (DeepSeek)',
    strengths: 'Cost-efficient edits',
    defaultModelId: 'deepseek/deepseek-coder',
    tier: 'fast',
    executable: 'aider',
    packageName: 'aider-chat',
    apiKeyVariable: 'DEEPSEEK_API_KEY',
    baseUrlVariable: 'DEEPSEEK_API_BASE',
    apiHost: 'api.deepseek.com',
    registry: 'pypi',
  },
  grok: {
    displayName: 'Grok',
    vendor: 'xAI',
    strengths: 'Risk analysis, contrarian review',
    defaultModelId: 'grok-4.1',
    tier: 'fast',
    executable: 'grok',
    packageName: '@xai-official/grok',
    apiKeyVariable: 'XAI_API_KEY',
    baseUrlVariable: 'GROK_XAI_API_BASE_URL',
    apiHost: 'api.x.ai',
    registry: 'npm',
  },
};

/** A value for each agent that has one; what reads as undefined or empty is left out. */
export function readPerAgent(
  read: (agent: AgentName) => string | undefined,
): Partial<Record<AgentName, string>> {
  const entries = AGENT_NAMES.map((agent) => [agent, read(agent)] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined && value !== ''));
}
