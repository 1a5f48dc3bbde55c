import type { AgentError } from './adapter.js';
import { shorten } from './log-buffer.js';

type Reason = AgentError['reason'];

/** What a reason means to the person who dispatched the task. */
const EXPLANATIONS: Readonly<Record<Reason, string>> = {
  authentication: 'The model provider did not accept the API key.',
  rate_limit: 'The rate limit or quota of the model provider is used up.',
  model_unavailable: 'The model does not exist, is overloaded, or could not be reached.',
  incomplete: 'The agent ended before it had finished.',
  crashed: 'The agent crashed.',
  unknown: 'The agent reported an error.',
};

/** A status code that a text names as such: `status 404`, `"code":401`, `(429)`, `API Error: 500`. */
const STATUS = /(?:status|code|error)\W{0,4}(?:code\W{0,4})?\b([45]\d\d)\b|\(([45]\d\d)\)/i;

/** Words of the providers and the CLIs, for errors that come without a status. First match wins. */
const WORDS: readonly (readonly [Reason, RegExp])[] = [
  ['rate_limit', /rate.?limit|too many requests|quota|resource.?exhausted/i],
  [
    'authentication',
    /unauthori[sz]ed|forbidden|authenticat|permission_(error|denied)|(invalid|incorrect|missing|no).{0,20}api.?key|api.?key.{0,40}(invalid|not valid|not found|missing|required|expired)/i,
  ],
  [
    'model_unavailable',
    /overloaded|unavailable|high demand|internal server error|model.{0,80}(not found|not exist|not supported)|model.?not.?found|unknown model|timed? ?out|connection (error|refused|reset)|error sending request|stream disconnected|fetch failed|\b(ECONNREFUSED|ECONNRESET|ENOTFOUND)\b/i,
  ],
];

/** A reason is looked for in so many characters: a CLI may call megabytes its error. */
const REASON_LIMIT = 20_000;

/** Why a provider refused, by its HTTP status. */
export function reasonOfStatus(status: number | undefined): Reason | undefined {
  if (status === undefined) return undefined;
  if (status === 401 || status === 403) return 'authentication';
  if (status === 429) return 'rate_limit';
  if (status === 404 || (status >= 500 && status < 600)) return 'model_unavailable';
  return undefined;
}

/** Why a run failed, by the words that the CLI has for it. */
export function reasonOfText(text: string): Reason | undefined {
  return reasonOfWords(text.slice(0, REASON_LIMIT));
}

function reasonOfWords(text: string): Reason | undefined {
  const match = STATUS.exec(text);
  const status = match?.[1] ?? match?.[2];
  const byStatus = reasonOfStatus(status === undefined ? undefined : Number(status));
  return byStatus ?? WORDS.find(([, words]) => words.test(text))?.[0];
}

/** An error for a person: what it means, then the CLI's own words. */
export function agentError(reason: Reason, words?: string): AgentError {
  const said = words?.trim();
  const explanation = EXPLANATIONS[reason];
  return { reason, message: said ? `${explanation} It said: ${shorten(said, 600)}` : explanation };
}
