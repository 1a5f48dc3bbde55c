import { join } from 'node:path';
import type { AgentAdapter, AgentCommand, AgentInput, AgentOutputParser } from './adapter.js';
import { parseSessionCost, parseTokenReport } from './aider-report.js';
import { definedVariables } from './home.js';
import { LogBuffer } from './log-buffer.js';
import { promptFile } from './prompt.js';
import { addUsage, RunRecord } from './run-record.js';

/** Aider (aider-chat). It prints text for people, and exits with 0 on fatal API errors too. */
export const aider: AgentAdapter = {
  agent: 'aider',
  // Its map of the repository is kept in the repository.
  leftovers: ['.aider*'],
  prepare,
  createParser,
};

const FLAGS = [
  '--yes-always',
  '--no-auto-commits',
  '--no-dirty-commits',
  '--no-pretty',
  '--no-stream',
  '--no-fancy-input',
  '--analytics-disable',
  '--no-check-update',
  '--no-show-release-notes',
  '--no-show-model-warnings',
  '--no-gitignore',
  '--no-detect-urls',
  '--no-suggest-shell-commands',
];

async function prepare(input: AgentInput): Promise<AgentCommand> {
  const variables = input.modelId.startsWith('openai/')
    ? { OPENAI_API_KEY: input.apiKey, OPENAI_API_BASE: input.baseUrl }
    : { DEEPSEEK_API_KEY: input.apiKey, DEEPSEEK_API_BASE: input.baseUrl };
  return {
    file: input.executable,
    args: [
      '--message-file',
      await promptFile(input),
      '--model',
      input.modelId,
      '--chat-history-file',
      join(input.homeDir, 'chat-history.md'),
      '--input-history-file',
      join(input.homeDir, 'input-history'),
      ...FLAGS,
    ],
    env: definedVariables({
      ...variables,
      // Else the price list is fetched from GitHub at each start.
      LITELLM_LOCAL_MODEL_COST_MAP: 'True',
      // Else the log stands still until a buffer is full.
      PYTHONUNBUFFERED: '1',
      PYTHONIOENCODING: 'utf-8',
    }),
    stdin: undefined,
  };
}

/** An error of the provider. Aider retries some of them, so a later answer takes it back. */
const API_ERROR =
  /\blitellm\.\w*(Error|Timeout|Exception)\b|^The API provider('s servers are| is| has| timed)/;
/** Errors after which aider gives up without calling them errors. */
const GIVES_UP =
  /has hit a token limit!|^Model .* (is )?not (found|supported)|^(Error|Unable to find|Unknown) .*model/i;

function createParser(): AgentOutputParser {
  const run = new RunRecord();
  const log = new LogBuffer();
  let errors: string[] = [];

  const line = (text: string): void => {
    const usage = parseTokenReport(text);
    const cost = parseSessionCost(text);
    run.costUsd = cost ?? run.costUsd;
    if (usage !== undefined) {
      run.usage = addUsage(run.usage, usage);
      errors = [];
    }
    const isError = API_ERROR.test(text) || GIVES_UP.test(text);
    if (isError) errors.push(text);
    if (text.trim() !== '')
      log.add(isError ? 'error' : usage === undefined && cost === undefined ? 'text' : 'result', text);
  };
  return {
    line: (stream, text) => {
      if (stream === 'stderr') run.stderr(text);
      line(text);
      return log.take();
    },
    flush: () => log.take(),
    verdict: (exit) => {
      // It has no event for success: the end of the process, without an error that was not taken back, has to do.
      run.finished = true;
      run.failure = errors.length === 0 ? undefined : errors.join('\n');
      return run.verdict(exit);
    },
  };
}
