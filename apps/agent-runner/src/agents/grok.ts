import type { TokenUsage } from '@outpost/contracts';
import type { AgentAdapter, AgentCommand, AgentInput, AgentOutputParser } from './adapter.js';
import { definedVariables, writeHomeFile } from './home.js';
import { jsonLinesParser } from './json-parser.js';
import { costAt, countAt, objectAt, objectsAt, textAt, type JsonObject } from './json.js';
import type { LogBuffer } from './log-buffer.js';
import { promptFile } from './prompt.js';
import type { RunRecord } from './run-record.js';

const XAI_BASE_URL = 'https://api.x.ai/v1';
const RETRIES = 2;

/** Grok (@xai-official/grok). */
export const grok: AgentAdapter = {
  agent: 'grok',
  prepare,
  createParser,
};

async function prepare(input: AgentInput): Promise<AgentCommand> {
  await writeHomeFile(input.homeDir, '.grok/config.toml', settings(input));
  return {
    file: input.executable,
    args: [
      '--output-format',
      'streaming-json',
      '--always-approve',
      '--no-auto-update',
      // It reads no stdin.
      '--prompt-file',
      await promptFile(input),
    ],
    env: definedVariables({
      XAI_API_KEY: input.apiKey,
      GROK_XAI_API_BASE_URL: input.baseUrl,
      GROK_MODELS_BASE_URL: input.baseUrl,
      GROK_DISABLE_AUTOUPDATER: '1',
      GROK_ERROR_REPORTING: 'false',
      GROK_FEEDBACK_ENABLED: 'false',
      GROK_TELEMETRY_ENABLED: 'false',
      // Else it repeats a failed turn, retries and all, for most of a minute.
      GROK_TURN_TRANSIENT_RETRY: 'false',
    }),
    stdin: undefined,
  };
}

/** A model of its own is always defined: only there can the id be free, the key named and the retries bounded. */
function settings(input: AgentInput): string {
  return `[cli]
auto_update = false

[features]
telemetry = false
turn_summary = false
title_refresh = false
feedback = false
remote_fetch = false

[telemetry]
trace_upload = false

[models]
default = "outpost"
session_summary = "outpost"
max_retries = ${RETRIES}
rate_limit_retry_threshold = ${RETRIES + 1}

[model.outpost]
model = ${JSON.stringify(input.modelId)}
base_url = ${JSON.stringify(input.baseUrl ?? XAI_BASE_URL)}
env_key = "XAI_API_KEY"
api_backend = "chat_completions"
`;
}

function createParser(): AgentOutputParser {
  /** The text since the last tool call: at the end, the agent's last message. */
  let message = '';

  const readEvent = (event: JsonObject, run: RunRecord, log: LogBuffer): void => {
    switch (event['type']) {
      case 'text': {
        const text = textAt(event, 'data') ?? '';
        message += text;
        return log.fragment(text);
      }
      case 'tool_call':
        message = '';
        return log.tool(textAt(event, 'toolName') ?? 'tool', objectAt(event, 'rawInput'));
      case 'tool_call_update':
        return toolUpdate(event, log);
      case 'error':
        run.failure = textAt(event, 'message') ?? 'an error without a message';
        spending(event, run);
        return log.add('error', run.failure);
      case 'end': {
        const reason = textAt(event, 'stopReason') ?? 'no reason given';
        run.finished = reason === 'end_turn';
        run.stoppedEarly = !run.finished;
        if (run.stoppedEarly) run.failure = `stopped: ${reason}`;
        if (message.trim() !== '') run.finalMessage = message;
        spending(event, run);
        return log.endText();
      }
    }
  };
  return jsonLinesParser({ event: readEvent });
}

/** Only the last update of a call has a status that says how it went. */
function toolUpdate(event: JsonObject, log: LogBuffer): void {
  if (event['status'] !== 'completed' && event['status'] !== 'failed') return;
  const texts = objectsAt(event, 'content')
    .map((part) => textAt(objectAt(part, 'content'), 'text') ?? changed(part))
    .filter((text) => text !== undefined);
  const output = texts.join('\n').trimEnd();
  const code = countAt(objectAt(event, 'rawOutput'), 'exit_code');
  if (code !== 0) log.add('error', `exit code ${code}\n${output}`);
  else if (output !== '') log.add(event['status'] === 'failed' ? 'error' : 'result', output);
}

function changed(part: JsonObject): string | undefined {
  const path = textAt(part, 'path');
  return part['type'] === 'diff' && path !== undefined ? `changed ${path}` : undefined;
}

/** `input_tokens` is without the cached ones already. The cost is there only when xAI reports all of it. */
function spending(event: JsonObject, run: RunRecord): void {
  run.costUsd = costAt(event, 'total_cost_usd') ?? run.costUsd;
  if (event['usage'] === undefined) return;
  const usage = objectAt(event, 'usage');
  run.usage = {
    inputTokens: countAt(usage, 'input_tokens'),
    outputTokens: countAt(usage, 'output_tokens'),
    cacheReadTokens: countAt(usage, 'cache_read_input_tokens'),
    cacheWriteTokens: countAt(usage, 'cache_creation_input_tokens'),
  } satisfies TokenUsage;
}
