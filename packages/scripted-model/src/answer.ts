import type {
  ChatCompletionRequest,
  ChatMessage,
  FixtureResponse,
  ResponseOverrides,
} from '@copilotkit/aimock';
import { agentOf, toolCall } from './dialects.js';
import type { Action, Plan, ScriptedUsage } from './scripts.js';

/** The error `type` that a CLI may read beside the status. */
const ERROR_TYPES: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  429: 'rate_limit_error',
  503: 'overloaded_error',
};

const NOTHING: ScriptedUsage = { inputTokens: 0, outputTokens: 0 };

/** Finds the longest marker that the user's messages contain. */
export function findMarker(request: ChatCompletionRequest, markers: Iterable<string>): string | undefined {
  const prompt = userText(request);
  return [...markers]
    .filter((marker) => prompt.includes(marker))
    .toSorted((a, b) => b.length - a.length)
    .at(0);
}

/** The model's next answer. Stateless: how far a run has come is read from the tool results in its request. */
export async function answer(request: ChatCompletionRequest, plan: Plan): Promise<FixtureResponse> {
  if (plan.kind === 'fail') return failure(plan.status, plan.message);
  const agent = agentOf(request);
  if (agent === undefined) return { content: 'A scripted run', ...usage(NOTHING) };

  const done = request.messages.filter((message) => message.role === 'tool').length;
  if (done === 0) await plan.after;
  const index = plan.repeat ? done % plan.actions.length : done;
  const action = plan.actions[index];
  if (action === undefined) return { content: plan.finalMessage, ...usage(plan.usage) };
  return { content: intentOf(action), toolCalls: [toolCall(agent, action)], ...usage(NOTHING) };
}

function intentOf(action: Action): string {
  if (action.kind === 'write') return `Writing ${action.path}.`;
  return action.kind === 'shell' ? 'Running a command.' : `Calling ${action.name}.`;
}

/** A prompt that nothing was scripted for is refused, so that a test fails at once and says why. */
export function refusal(markers: Iterable<string>): FixtureResponse {
  return failure(
    400,
    `The scripted model has no script for this prompt. Markers: ${[...markers].join(', ')}.`,
  );
}

function failure(status: number, message: string): FixtureResponse {
  const fallback = status >= 500 ? 'api_error' : 'invalid_request_error';
  return { error: { message, type: ERROR_TYPES[status] ?? fallback }, status };
}

function userText(request: ChatCompletionRequest): string {
  return request.messages
    .filter((message) => message.role === 'user')
    .map(textOf)
    .join('\n');
}

function textOf(message: ChatMessage): string {
  if (typeof message.content === 'string') return message.content;
  return (message.content ?? []).map((part) => part.text ?? '').join('');
}

/** The same tokens under the name that each of the four protocols gives them. */
function usage(tokens: ScriptedUsage): Pick<ResponseOverrides, 'usage'> {
  return {
    usage: {
      input_tokens: tokens.inputTokens,
      output_tokens: tokens.outputTokens,
      prompt_tokens: tokens.inputTokens,
      completion_tokens: tokens.outputTokens,
      promptTokenCount: tokens.inputTokens,
      candidatesTokenCount: tokens.outputTokens,
    },
  };
}
