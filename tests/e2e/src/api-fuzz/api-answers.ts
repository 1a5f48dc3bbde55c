import { AnswerContract, type ApiDocument } from '@outpost/test-support';
import type { RawAnswer } from './raw-http.js';

/** What is nobody's business outside: frames of a stack, files of the program, words of the database. */
const INTERNALS: readonly RegExp[] = [
  /\bat [^\n]{0,200}\(?(file:|node:|\/)[^\n]{0,200}:\d+:\d+/,
  /node_modules|\/dist\/|\.(ts|js|mjs):\d+/,
  /\b(SELECT|INSERT|UPDATE|DELETE)\b[^\n]{0,200}\b(FROM|INTO|SET|WHERE)\b/,
  /sqlite|SQLITE|dynamodb|ConditionalCheck|ValidationException|ZodError|HTTPException/i,
  /\b(TypeError|RangeError|SyntaxError|ReferenceError)\b|\bERR_[A-Z_]+\b|\bE(NOENT|ACCES|ISDIR|NOTDIR)\b/,
  /\[object Object\]/,
];

/** What there is to know of a request to judge its answer. */
export interface Sent {
  readonly method: string;
  /** What only another tenant may see. */
  readonly foreign: string | undefined;
  /** With its query, as it was sent. */
  readonly target: string;
  /** What of it the HTTP server may refuse before the API sees it. */
  readonly odd: { readonly host: boolean; readonly expectation: boolean };
  readonly bytes: { readonly head: number; readonly body: number };
}

const HEAD_LIMIT = 16_000;
const BODY_LIMIT = 10 * 1024 * 1024;

/** Finds what is wrong with answers, by the document alone. */
export class AnswerJudge {
  readonly #contract: AnswerContract;
  readonly #secrets: readonly string[];

  /** `secrets` are in no answer. */
  constructor(document: ApiDocument, secrets: readonly string[]) {
    this.#contract = new AnswerContract(document);
    this.#secrets = secrets;
  }

  /** What is wrong; empty for an answer that is as it should be. */
  problems(sent: Sent, answer: RawAnswer): string[] {
    if (isProtocolAnswer(sent, answer)) return [];
    return [
      ...(answer.status === 500 ? ['status 500'] : []),
      ...this.#contract.problems(sent, answer, otherStatuses(sent)),
      ...this.#leaks(answer),
      ...(isForeign(sent, answer) ? ["another tenant's"] : []),
    ];
  }

  #leaks({ body, headers }: RawAnswer): string[] {
    const shown = `${JSON.stringify(headers)}\n${body}`;
    // The script of the API's page is a library, the same for all, and has words of every kind.
    const isLibrary = (headers['content-type'] ?? '').startsWith('text/javascript');
    const internals = (isLibrary ? [] : INTERNALS)
      .map((pattern) => pattern.exec(shown)?.[0])
      .filter((each) => each !== undefined);
    const secrets = this.#secrets.filter((secret) => shown.includes(secret));
    return [...internals.map((found) => `shows ${found}`), ...secrets.map(() => 'shows a secret')];
  }
}

/** What is refused before it is known which operation it is for. */
function otherStatuses({ odd, bytes }: Sent): number[] {
  return [...(bytes.body > BODY_LIMIT ? [413] : []), ...(odd.host ? [400] : [])];
}

/** The HTTP server's own refusal of what is no request to it. It has no body, and the API never saw the request. */
function isProtocolAnswer({ odd, bytes }: Sent, { status, body }: RawAnswer): boolean {
  if (body !== '') return false;
  return (status === 431 && bytes.head > HEAD_LIMIT) || (status === 417 && odd.expectation);
}

/**
 * The HTTP server refuses a head that is too long, and closes without reading the rest of it: when the rest arrives after
 * that, TCP resets the connection, and the refusal may go with it.
 */
export function mayGoUnanswered({ bytes }: Sent, error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return bytes.head > HEAD_LIMIT && (code === 'ECONNRESET' || code === 'EPIPE');
}

/** A signed URL opens its artifact to whoever has it. */
function isForeign({ foreign, target }: Sent, { body }: RawAnswer): boolean {
  return foreign !== undefined && body.includes(foreign) && !target.includes('signature=');
}
