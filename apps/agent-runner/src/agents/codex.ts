import type { TokenUsage } from '@outpost/contracts';
import type { AgentAdapter, AgentCommand, AgentInput } from './adapter.js';
import { definedVariables } from './home.js';
import { jsonLinesParser } from './json-parser.js';
import { countAt, numberAt, objectAt, objectsAt, textAt, type JsonObject } from './json.js';
import type { LogBuffer } from './log-buffer.js';
import { promptText } from './prompt.js';
import { addUsage, type RunRecord } from './run-record.js';

const OPENAI_BASE_URL = 'https://api.openai.com/v1';
const RETRIES = 2;

/** Codex (@openai/codex). */
export const codex: AgentAdapter = {
  agent: 'codex',
  prepare: (input) => Promise.resolve(command(input)),
  createParser: () => jsonLinesParser({ event: readEvent, noise: /could not create PATH aliases/ }),
};

/**
 * Settings go on the command line, where the repository's own `.codex` cannot override them. A provider is always
 * defined, for only one of its own reads the key from the environment and lets its retries be bounded.
 */
function command(input: AgentInput): AgentCommand {
  const provider = [
    `name="outpost"`,
    `base_url=${toml(input.baseUrl ?? OPENAI_BASE_URL)}`,
    `env_key="OPENAI_API_KEY"`,
    `wire_api="responses"`,
    `request_max_retries=${RETRIES}`,
    `stream_max_retries=${RETRIES}`,
  ].join(',');
  const settings = [
    'model_provider="outpost"',
    `model_providers.outpost={${provider}}`,
    'analytics.enabled=false',
    'features.plugins=false',
    'check_for_update_on_startup=false',
  ];
  return {
    file: input.executable,
    args: [
      'exec',
      '--json',
      '--skip-git-repo-check',
      ...settings.flatMap((setting) => ['-c', setting]),
      '-m',
      input.modelId,
      '--dangerously-bypass-approvals-and-sandbox',
      '-',
    ],
    env: definedVariables({ OPENAI_API_KEY: input.apiKey }),
    stdin: promptText(input),
  };
}

/** A TOML basic string: JSON escapes the same characters in the same way. */
function toml(text: string): string {
  return JSON.stringify(text);
}

function readEvent(event: JsonObject, run: RunRecord, log: LogBuffer): void {
  switch (event['type']) {
    case 'item.started':
      return started(objectAt(event, 'item'), log);
    case 'item.completed':
      return completed(objectAt(event, 'item'), run, log);
    case 'error':
      return log.add('error', textAt(event, 'message') ?? 'an error without a message');
    case 'turn.completed':
      run.finished = true;
      run.usage = addUsage(run.usage, usage(objectAt(event, 'usage')));
      return;
    case 'turn.failed':
      run.failure = textAt(objectAt(event, 'error'), 'message') ?? 'an error without a message';
      return;
  }
}

function started(item: JsonObject, log: LogBuffer): void {
  if (item['type'] === 'command_execution') log.tool('exec_command', item);
  else if (item['type'] === 'mcp_tool_call') {
    log.tool([textAt(item, 'server'), textAt(item, 'tool')].join('.'), objectAt(item, 'arguments'));
  } else if (item['type'] === 'web_search') log.tool('web_search', item);
}

function completed(item: JsonObject, run: RunRecord, log: LogBuffer): void {
  const text = textAt(item, 'text');
  switch (item['type']) {
    case 'agent_message':
      if (text === undefined) return;
      run.finalMessage = text;
      return log.add('text', text);
    case 'command_execution': {
      const code = numberAt(item, 'exit_code');
      const output = textAt(item, 'aggregated_output')?.trimEnd() ?? '';
      if (code !== undefined && code !== 0) return log.add('error', `exit code ${code}\n${output}`);
      return output === '' ? undefined : log.add('result', output);
    }
    case 'file_change': {
      const changes = objectsAt(item, 'changes').map(
        (file) => `${textAt(file, 'kind')} ${textAt(file, 'path')}`,
      );
      return log.add('tool', `file_change ${changes.join(', ')}`);
    }
    case 'error':
      // A warning as often as not: the turn decides.
      return log.add('error', textAt(item, 'message') ?? 'an error without a message');
  }
}

/** Codex counts cached tokens as input; Outpost does not. */
function usage(counts: JsonObject): TokenUsage {
  const cacheReadTokens = countAt(counts, 'cached_input_tokens');
  const cacheWriteTokens = countAt(counts, 'cache_write_input_tokens');
  return {
    inputTokens: Math.max(0, countAt(counts, 'input_tokens') - cacheReadTokens - cacheWriteTokens),
    outputTokens: countAt(counts, 'output_tokens'),
    cacheReadTokens,
    cacheWriteTokens,
  };
}
