import { openApiDocument } from '@outpost/contracts';
import { AnswerContract } from './answer-contract.js';
import type { ApiDocument } from './api-document.js';

const ORIGINS = new Set<string>();
let contract: AnswerContract | undefined;

/** From now on `judgedFetch` judges the answers of the control plane there. */
export function judgeAnswersOf(url: string): void {
  ORIGINS.add(new URL(url).origin);
}

/** It has stopped: another server may come to listen there. */
export function judgeNoMoreOf(url: string): void {
  ORIGINS.delete(new URL(url).origin);
}

/** `fetch`, but an answer of a control plane that is other than its API document says is an error. */
export const judgedFetch: typeof globalThis.fetch = async (input, init) => {
  const request = new Request(input, init);
  const { origin, pathname, search } = new URL(request.url);
  const response = await fetch(request);
  if (!ORIGINS.has(origin)) return response;
  contract ??= new AnswerContract(openApiDocument({ version: '0.0.0' }) as unknown as ApiDocument);
  const asked = { method: request.method, target: `${pathname}${search}` };
  const headers = Object.fromEntries(response.headers);
  const isStream = (headers['content-type'] ?? '').startsWith('text/event-stream');
  const body = isStream ? '' : await response.clone().text();
  const problems = contract.problems(asked, { status: response.status, headers, body });
  if (problems.length === 0) return response;
  const said = `${response.status} ${body.slice(0, 500)}`;
  throw new Error(
    `${asked.method} ${asked.target} is not answered as documented: ${problems.join('; ')} (${said})`,
  );
};
