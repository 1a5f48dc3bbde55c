import type { Agent } from 'node:http';
import { mayGoUnanswered, type AnswerJudge, type Sent } from './api-answers.js';
import type { ApiRequest } from './api-request.js';
import type { FuzzWorld } from './fuzz-world.js';
import { headersOf, send, targetOf, type RawAnswer } from './raw-http.js';
import type { Tally } from './tally.js';

export interface Play {
  readonly world: FuzzWorld;
  readonly judge: AnswerJudge;
  readonly agent: Agent;
  readonly tally: Tally;
}

/** So much of anything is shown of a request that went wrong; with its seed it can be made again. */
const SHOWN = 300;

/** Sends one request, and says what is wrong with its answer. */
export async function play({ world, judge, agent, tally }: Play, request: ApiRequest): Promise<string[]> {
  const headers = { ...credentialOf(world, request), ...request.headers };
  const sent = sentOf(world, { ...request, headers });
  let answer: RawAnswer;
  try {
    answer = await send({ url: world.outpost.url, agent }, { ...request, headers });
  } catch (error) {
    tally.count(request.madeFrom, 'none');
    if (mayGoUnanswered(sent, error)) return [];
    return [`no answer (${String(error)}): ${described(request)}`];
  }
  tally.count(request.madeFrom, answer.status);
  return judge
    .problems(sent, answer)
    .map((problem) => `${problem}: ${described(request)} -> ${answer.status} ${answer.body.slice(0, SHOWN)}`);
}

function credentialOf({ keys }: FuzzWorld, { caller }: ApiRequest): Record<string, string> {
  const key = keys[caller];
  if (key === undefined) return {};
  return caller === 'bearer' ? { authorization: `Bearer ${key}` } : { 'x-api-key': key };
}

function sentOf({ mark }: FuzzWorld, request: ApiRequest): Sent {
  const target = targetOf(request);
  const head = target.length + JSON.stringify(headersOf(request.headers)).length;
  return {
    method: request.method,
    target,
    foreign: request.caller === 'otherTenant' ? mark : undefined,
    odd: { host: 'host' in request.headers, expectation: 'expect' in request.headers },
    bytes: { head, body: Buffer.byteLength(request.body ?? '') },
  };
}

function described({ madeFrom, caller, method, headers, body = '', ...target }: ApiRequest): string {
  const parts = [targetOf(target), JSON.stringify(headers), body].map((part) => part.slice(0, SHOWN));
  return [madeFrom, 'as', caller, method, ...parts].join(' ');
}
