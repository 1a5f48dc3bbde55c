import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingHttpHeaders } from 'node:http';
import { createServer, type ChatCompletionRequest } from '@copilotkit/aimock';
import type { AgentName } from '@outpost/contracts';
import { answer, findMarker, refusal } from './answer.js';
import { agentOf, type ScriptedAgent } from './dialects.js';
import {
  HANGING_COMMAND,
  planFailure,
  planRun,
  type FailScript,
  type Plan,
  type RunScript,
  type SayScript,
  type ShellScript,
} from './scripts.js';

/** A request that the model got. */
export interface ModelRequest {
  /** Undefined for a side request, such as grok's for a session title. */
  readonly agent: ScriptedAgent | undefined;
  readonly modelId: string;
  /** The key that the request came with; which header carries it differs between the providers. */
  readonly apiKey: string | undefined;
  /** Undefined when no script matched, and the request was refused. */
  readonly marker: string | undefined;
}

/**
 * A language model that follows scripts. It serves the Anthropic, OpenAI (Responses and Chat Completions) and Gemini
 * protocols on one loopback port, so each real CLI can be driven end to end, offline and without a key.
 * A script is chosen by its marker in the prompt; any number of markers and runs may be active at once.
 * Scripting a marker again replaces what it did.
 */
export interface ScriptedModel extends AsyncDisposable {
  /** Without a path or a trailing slash. */
  readonly url: string;
  /** What to put in the agent's `baseUrlVariable`. */
  baseUrlFor(agent: AgentName): string;
  /** Writes files, runs commands, then ends the run. */
  script(script: RunScript): void;
  /** Runs one shell command, then ends the run. */
  shell(script: ShellScript): void;
  /** Runs a command that does not end, again and again: only stopping the agent ends such a run. */
  hang(script: Pick<RunScript, 'marker'>): void;
  /** Answers with text only. */
  say(script: SayScript): void;
  /** Refuses every request with an HTTP status. */
  fail(script: FailScript): void;
  /** Every request so far, oldest first. */
  requests(): readonly ModelRequest[];
  /** Cuts open connections and frees the port. */
  stop(): Promise<void>;
}

/** Agents whose base URL has a /v1, as the OpenAI clients expect it. */
const VERSIONED: ReadonlySet<AgentName> = new Set(['codex', 'grok', 'aider']);

/** Starts a model on a free port of 127.0.0.1, without any script. */
export async function startScriptedModel(): Promise<ScriptedModel> {
  const plans = new Map<string, Plan>();
  const requests: ModelRequest[] = [];
  // aimock hands over the request's body alone, in the asynchronous context of its connection.
  const apiKeys = new AsyncLocalStorage<string | undefined>();

  const respond = async (request: ChatCompletionRequest) => {
    const marker = findMarker(request, plans.keys());
    requests.push({ agent: agentOf(request), modelId: request.model, apiKey: apiKeys.getStore(), marker });
    const plan = marker === undefined ? undefined : plans.get(marker);
    return plan === undefined ? refusal(plans.keys()) : await answer(request, plan);
  };
  // The journal would keep whole prompts in memory for as long as the model runs.
  const options = { host: '127.0.0.1', port: 0, journalMaxEntries: 1 };
  const { server, url } = await createServer([{ match: {}, response: respond }], options);

  server.prependListener('request', ({ headers }) => apiKeys.enterWith(apiKeyOf(headers)));

  const stop = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  };
  return {
    url,
    baseUrlFor: (agent) => (VERSIONED.has(agent) ? `${url}/v1` : url),
    script: (script) => void plans.set(script.marker, planRun(script)),
    shell: ({ command, ...script }) =>
      void plans.set(script.marker, planRun({ ...script, commands: [command] })),
    hang: ({ marker }) =>
      void plans.set(marker, planRun({ marker, commands: [HANGING_COMMAND] }, { repeat: true })),
    say: ({ text, ...script }) => void plans.set(script.marker, planRun({ ...script, finalMessage: text })),
    fail: (script) => void plans.set(script.marker, planFailure(script)),
    requests: () => [...requests],
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function apiKeyOf(headers: IncomingHttpHeaders): string | undefined {
  const key =
    headers['x-api-key'] ?? headers['x-goog-api-key'] ?? headers.authorization?.replace(/^Bearer /, '');
  return Array.isArray(key) ? key[0] : key;
}
