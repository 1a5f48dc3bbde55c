import type { TokenUsage } from '@outpost/contracts';
import type { AgentAdapter, AgentCommand, AgentInput, AgentOutputParser } from './adapter.js';
import { definedVariables, writeHomeFile } from './home.js';
import { jsonLinesParser } from './json-parser.js';
import { countAt, numberAt, objectAt, textAt, type JsonObject } from './json.js';
import type { LogBuffer } from './log-buffer.js';
import { promptText } from './prompt.js';
import type { AgentExit, RunRecord } from './run-record.js';

/** The first attempt and two retries. */
const MAX_ATTEMPTS = 3;

const SETTINGS = {
  // Without it a base URL is refused with exit code 41.
  security: { auth: { selectedType: 'gemini-api-key' } },
  privacy: { usageStatisticsEnabled: false },
  telemetry: { enabled: false },
  general: { enableAutoUpdate: false, enableAutoUpdateNotification: false, maxAttempts: MAX_ATTEMPTS },
};

/** Notices that it prints at every start, and the stack below an error. */
const NOISE =
  /YOLO mode is enabled|256-color support|Ripgrep is not available|^\[STARTUP\]|^\s+at .+\d+\)?( \{)?$/;

/** Gemini CLI (@google/gemini-cli). */
export const gemini: AgentAdapter = {
  agent: 'gemini',
  prepare,
  createParser,
};

async function prepare(input: AgentInput): Promise<AgentCommand> {
  await writeHomeFile(input.homeDir, '.gemini/settings.json', JSON.stringify(SETTINGS));
  return {
    file: input.executable,
    args: ['-o', 'stream-json', '-m', input.modelId, '--approval-mode', 'yolo'],
    env: definedVariables({
      GEMINI_API_KEY: input.apiKey,
      GOOGLE_GEMINI_BASE_URL: input.baseUrl,
      // Its wrapper process ignores SIGTERM.
      GEMINI_CLI_NO_RELAUNCH: 'true',
      // In a folder that it does not trust it downgrades yolo without a word.
      GEMINI_CLI_TRUST_WORKSPACE: 'true',
    }),
    stdin: promptText(input),
  };
}

function createParser(): AgentOutputParser {
  /** The text since the last tool call: at the end, the agent's last message. */
  let message = '';

  const readEvent = (event: JsonObject, run: RunRecord, log: LogBuffer): void => {
    switch (event['type']) {
      case 'message': {
        if (event['role'] !== 'assistant') return;
        const text = textAt(event, 'content') ?? '';
        message += text;
        return event['delta'] === true ? log.fragment(text) : log.add('text', text);
      }
      case 'tool_use':
        message = '';
        return log.tool(textAt(event, 'tool_name') ?? 'tool', objectAt(event, 'parameters'));
      case 'tool_result': {
        const error = textAt(objectAt(event, 'error'), 'message');
        const output = textAt(event, 'output') ?? '';
        if (event['status'] === 'error') return log.add('error', error ?? output);
        return output === '' ? undefined : log.add('result', output);
      }
      case 'error':
        return log.add('error', textAt(event, 'message') ?? 'an error without a message');
      case 'result':
        run.finished = event['status'] === 'success';
        if (!run.finished)
          run.failure = textAt(objectAt(event, 'error'), 'message') ?? 'an error without a message';
        if (message.trim() !== '') run.finalMessage = message;
        run.usage = usage(objectAt(event, 'stats'));
        return log.endText();
    }
  };
  return jsonLinesParser({ event: readEvent, noise: NOISE, atExit });
}

/** Gemini leaves thoughts out of output_tokens, though they are paid as output; the total has them. */
function usage(stats: JsonObject): TokenUsage {
  const prompt = countAt(stats, 'input_tokens');
  const cached = countAt(stats, 'cached');
  return {
    inputTokens:
      numberAt(stats, 'input') === undefined ? Math.max(0, prompt - cached) : countAt(stats, 'input'),
    outputTokens: Math.max(countAt(stats, 'output_tokens'), countAt(stats, 'total_tokens') - prompt),
    cacheReadTokens: cached,
    cacheWriteTokens: 0,
  };
}

const PROVIDER_STATUSES = [401, 403, 404, 429, 500, 502, 503, 504];
const EXIT_NO_AUTHENTICATION = 41;
const EXIT_TURN_LIMIT = 53;

/** Its exit code on an API error is the HTTP status, of which a process can pass on the lowest eight bits. */
function atExit(exit: AgentExit, run: RunRecord): void {
  if (exit.exitCode === EXIT_TURN_LIMIT) run.stoppedEarly = true;
  run.failureStatus ??=
    exit.exitCode === EXIT_NO_AUTHENTICATION
      ? 401
      : PROVIDER_STATUSES.find((status) => status % 256 === exit.exitCode);
}
