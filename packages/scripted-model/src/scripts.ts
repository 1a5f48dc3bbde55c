/** One file that the agent writes with its own write tool. */
export interface ScriptedFile {
  /** Relative to the agent's working directory: the scripted model cannot know where a run's workspace lies. */
  readonly path: string;
  readonly content: string;
}

/** Tokens that the whole run reports; all of them are put on the model's last answer. */
export interface ScriptedUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** A call of a tool by its name, as that of an MCP server. */
export interface ScriptedCall {
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
}

interface Marked {
  /** A word in the prompt that selects this script. Where several match, the longest wins. */
  readonly marker: string;
}

/** A run that uses tools, in order: first each file, then each command, then each call, then the final message. */
export interface RunScript extends Marked {
  readonly files?: readonly ScriptedFile[];
  /** Shell commands, run in the working directory through the agent's own shell tool. */
  readonly commands?: readonly string[];
  readonly calls?: readonly ScriptedCall[];
  readonly finalMessage?: string;
  readonly usage?: ScriptedUsage;
  /** The first answer waits for this: a run that is certainly still running until the test says go. */
  readonly after?: Promise<unknown>;
}

/** A run of a single shell command. */
export interface ShellScript extends Marked {
  readonly command: string;
  readonly finalMessage?: string;
  readonly usage?: ScriptedUsage;
}

/** A run that only talks: an empty diff. */
export interface SayScript extends Marked {
  readonly text: string;
  readonly usage?: ScriptedUsage;
}

/** A provider that refuses every request of the run. */
export interface FailScript extends Marked {
  /** HTTP status, 400-599. */
  readonly status: number;
  readonly message?: string;
}

/** What the model does for one marker, in the form that the answers are made from. */
export type Plan =
  | {
      readonly kind: 'run';
      readonly actions: readonly Action[];
      /** Starts over after the last action instead of ending the run. */
      readonly repeat: boolean;
      readonly finalMessage: string;
      readonly usage: ScriptedUsage;
      readonly after: Promise<unknown> | undefined;
    }
  | { readonly kind: 'fail'; readonly status: number; readonly message: string };

/** One tool call, before it is put in the words of an agent. */
export type Action =
  | { readonly kind: 'write'; readonly path: string; readonly content: string }
  | { readonly kind: 'shell'; readonly command: string }
  | ({ readonly kind: 'call' } & ScriptedCall);

const DEFAULT_USAGE: ScriptedUsage = { inputTokens: 1200, outputTokens: 80 };

/** Error texts as providers word them: some CLIs pass on the text alone, without the status. */
const FAILURES: Readonly<Record<number, string>> = {
  401: 'Invalid API key.',
  403: 'This API key may not use this model.',
  404: 'The model does not exist.',
  429: 'Rate limit reached. Please try again later.',
  500: 'Internal server error.',
  503: 'The model is overloaded. Please try again later.',
};

/** Never ends by itself. Wrapped, for claude refuses a bare `sleep`; with a child, for stopping must reach that too. */
export const HANGING_COMMAND = "sh -c 'sleep 600 & sleep 601'";

/** Puts a script of a run into the form that answers are made from. */
export function planRun(script: RunScript, options: { readonly repeat: boolean } = { repeat: false }): Plan {
  return {
    kind: 'run',
    actions: [
      ...(script.files ?? []).map((file): Action => ({ kind: 'write', ...file })),
      ...(script.commands ?? []).map((command): Action => ({ kind: 'shell', command })),
      ...(script.calls ?? []).map((call): Action => ({ kind: 'call', ...call })),
    ],
    repeat: options.repeat,
    finalMessage: script.finalMessage ?? 'Done.',
    usage: script.usage ?? DEFAULT_USAGE,
    after: script.after,
  };
}

/** Puts a script of a failure into the form that answers are made from. */
export function planFailure(script: FailScript): Plan {
  return {
    kind: 'fail',
    status: script.status,
    message: script.message ?? FAILURES[script.status] ?? `Scripted failure ${script.status}.`,
  };
}
