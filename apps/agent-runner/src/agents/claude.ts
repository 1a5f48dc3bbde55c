import type { TokenUsage } from '@outpost/contracts';
import type { AgentAdapter, AgentCommand, AgentInput } from './adapter.js';
import { definedVariables } from './home.js';
import { jsonLinesParser } from './json-parser.js';
import { costAt, countAt, numberAt, objectAt, objectsAt, textAt, type JsonObject } from './json.js';
import type { LogBuffer } from './log-buffer.js';
import { promptText } from './prompt.js';
import { addUsage, type RunRecord } from './run-record.js';

/** Claude Code (@anthropic-ai/claude-code). */
export const claude: AgentAdapter = {
  agent: 'claude',
  prepare: (input) => Promise.resolve(command(input)),
  createParser: () => jsonLinesParser({ event: readEvent }),
};

function command(input: AgentInput): AgentCommand {
  return {
    file: input.executable,
    args: [
      '-p',
      '--output-format',
      'stream-json',
      '--verbose',
      '--model',
      input.modelId,
      '--dangerously-skip-permissions',
    ],
    env: definedVariables({
      ANTHROPIC_API_KEY: input.apiKey,
      ANTHROPIC_BASE_URL: input.baseUrl,
      // By default it keeps trying a refused key for minutes.
      CLAUDE_CODE_MAX_RETRIES: '2',
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      DISABLE_AUTOUPDATER: '1',
      DISABLE_ERROR_REPORTING: '1',
      DISABLE_TELEMETRY: '1',
      // It refuses to skip permissions as root, unless told that it is contained.
      IS_SANDBOX: process.getuid?.() === 0 ? '1' : undefined,
    }),
    stdin: promptText(input),
  };
}

function readEvent(event: JsonObject, run: RunRecord, log: LogBuffer): void {
  switch (event['type']) {
    case 'assistant':
    case 'user':
      return message(event, log);
    case 'system':
      return system(event, log);
    case 'result':
      return result(event, run);
  }
}

function message(event: JsonObject, log: LogBuffer): void {
  for (const block of objectsAt(objectAt(event, 'message'), 'content')) {
    const text = textAt(block, 'text');
    if (block['type'] === 'text' && text !== undefined && event['type'] === 'assistant') {
      // An API error comes as a message of the assistant, with `error` beside it.
      log.add(textAt(event, 'error') === undefined ? 'text' : 'error', text);
    } else if (block['type'] === 'tool_use') {
      log.tool(textAt(block, 'name') ?? 'tool', objectAt(block, 'input'));
    } else if (block['type'] === 'tool_result') {
      const output = textAt(block, 'content') ?? joined(objectsAt(block, 'content'));
      if (output !== '') log.add(block['is_error'] === true ? 'error' : 'result', output);
    }
  }
}

function joined(blocks: readonly JsonObject[]): string {
  return blocks.map((block) => textAt(block, 'text') ?? '').join('\n');
}

function system(event: JsonObject, log: LogBuffer): void {
  if (event['subtype'] !== 'api_retry') return;
  const cause = [numberAt(event, 'error_status'), textAt(event, 'error')].filter(
    (part) => part !== undefined,
  );
  log.add(
    'error',
    `API error ${cause.join(' ')}: retry ${countAt(event, 'attempt')} of ${countAt(event, 'max_retries')}`,
  );
}

/** The terminal event. Its subtype may be "success" for an API error: only `is_error` can be trusted. */
function result(event: JsonObject, run: RunRecord): void {
  const words = textAt(event, 'result');
  run.finished = event['is_error'] === false;
  run.failure = run.finished
    ? undefined
    : (words ?? textAt(event, 'subtype') ?? 'an error without a message');
  run.failureStatus = numberAt(event, 'api_error_status');
  run.stoppedEarly = event['subtype'] === 'error_max_turns';
  if (run.finished) run.finalMessage = words;
  run.costUsd = guessesCost(event) ? undefined : costAt(event, 'total_cost_usd');
  run.usage = usage(event);
}

/** Claude guesses the price of a model that it does not know. */
function guessesCost(event: JsonObject): boolean {
  const models = objectAt(event, 'modelUsage');
  return Object.keys(models).some((name) => objectAt(models, name)['costBasis'] === 'unknown');
}

/** `modelUsage` counts every model, sub-agents' too; `usage` alone does not. */
function usage(event: JsonObject): TokenUsage {
  const models = objectAt(event, 'modelUsage');
  const names = Object.keys(models);
  if (names.length > 0) {
    return names
      .map((name) => objectAt(models, name))
      .map((model) => ({
        inputTokens: countAt(model, 'inputTokens'),
        outputTokens: countAt(model, 'outputTokens'),
        cacheReadTokens: countAt(model, 'cacheReadInputTokens'),
        cacheWriteTokens: countAt(model, 'cacheCreationInputTokens'),
      }))
      .reduce(addUsage);
  }
  const total = objectAt(event, 'usage');
  return {
    inputTokens: countAt(total, 'input_tokens'),
    outputTokens: countAt(total, 'output_tokens'),
    cacheReadTokens: countAt(total, 'cache_read_input_tokens'),
    cacheWriteTokens: countAt(total, 'cache_creation_input_tokens'),
  };
}
