import type { ChatCompletionRequest, ToolCall } from '@copilotkit/aimock';
import type { AgentName } from '@outpost/contracts';
import type { Action } from './scripts.js';

/** The agents that speak to the scripted model with tools. Aider has none: it parses text. */
export type ScriptedAgent = Exclude<AgentName, 'aider'>;

interface Dialect {
  /** Tools that this CLI alone offers the model. */
  readonly signature: readonly string[];
  readonly write: (path: string, content: string) => Call;
  readonly shell: (command: string) => Call;
}

interface Call {
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** Longest wait that the CLIs accept for a command in the foreground, in milliseconds. */
const SHELL_TIMEOUT_MS = 600_000;
/** After this long codex gives the model what a command has printed so far, and goes on; 30 s is its maximum. */
const CODEX_YIELD_MS = 30_000;

/** The write and shell tools of each CLI, by their real names and parameters. Relative paths work in all four. */
const DIALECTS: Readonly<Record<ScriptedAgent, Dialect>> = {
  claude: {
    signature: ['Write', 'Bash'],
    write: (path, content) => ({ name: 'Write', input: { file_path: path, content } }),
    shell: (command) => ({
      name: 'Bash',
      input: { command, description: 'Run the scripted command', timeout: SHELL_TIMEOUT_MS },
    }),
  },
  codex: {
    signature: ['exec_command'],
    // Codex writes files through its shell. Base64 carries any content past the quoting.
    write: (path, content) => ({ name: 'exec_command', input: { cmd: writeFileCommand(path, content) } }),
    shell: (command) => ({
      name: 'exec_command',
      input: { cmd: command, yield_time_ms: CODEX_YIELD_MS },
    }),
  },
  gemini: {
    signature: ['write_file', 'run_shell_command'],
    write: (path, content) => ({ name: 'write_file', input: { file_path: path, content } }),
    shell: (command) => ({ name: 'run_shell_command', input: { command } }),
  },
  grok: {
    signature: ['write', 'run_terminal_command'],
    write: (path, content) => ({ name: 'write', input: { file_path: path, content } }),
    shell: (command) => ({
      name: 'run_terminal_command',
      input: { command, description: 'Run the scripted command.', timeout: SHELL_TIMEOUT_MS },
    }),
  },
};

const SCRIPTED_AGENTS: readonly ScriptedAgent[] = ['claude', 'codex', 'gemini', 'grok'];

/**
 * Tells which CLI sent a request, by the tools that it offers. Undefined for a side request without those tools,
 * such as grok's for a session title.
 */
export function agentOf(request: ChatCompletionRequest): ScriptedAgent | undefined {
  const offered = new Set((request.tools ?? []).map((tool) => tool.function.name));
  return SCRIPTED_AGENTS.find((agent) => DIALECTS[agent].signature.every((name) => offered.has(name)));
}

/** Puts an action in the words of an agent. */
export function toolCall(agent: ScriptedAgent, action: Action): ToolCall {
  const { name, input } = callOf(agent, action);
  return { name, arguments: JSON.stringify(input) };
}

function callOf(agent: ScriptedAgent, action: Action): Call {
  switch (action.kind) {
    case 'write':
      return DIALECTS[agent].write(action.path, action.content);
    case 'shell':
      return DIALECTS[agent].shell(action.command);
    case 'call':
      return action;
  }
}

function writeFileCommand(path: string, content: string): string {
  const target = quote(path);
  return `mkdir -p "$(dirname -- ${target})" && printf %s ${Buffer.from(content).toString('base64')} | base64 -d > ${target}`;
}

/** Quotes one word for a POSIX shell. */
function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
