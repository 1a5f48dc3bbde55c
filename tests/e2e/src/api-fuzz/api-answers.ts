import { ERROR_STATUS, type ErrorBody } from '@outpost/contracts';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { operationFor, operationsOf, type ApiDocument, type Operation } from './api-document.js';
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
  readonly #operations: readonly Operation[];
  readonly #secrets: readonly string[];
  readonly #ajv = new Ajv2020({ strict: false, allErrors: false });
  readonly #schemas = new Map<string, ValidateFunction>();

  /** `secrets` are in no answer. */
  constructor(document: ApiDocument, secrets: readonly string[]) {
    formats.default(this.#ajv);
    this.#ajv.addSchema(document, 'api');
    this.#operations = operationsOf(document);
    this.#secrets = secrets;
  }

  /** What is wrong; empty for an answer that is as it should be. */
  problems(sent: Sent, answer: RawAnswer): string[] {
    if (isProtocolAnswer(sent, answer)) return [];
    const operation = operationFor(this.#operations, { method: sent.method, path: sent.target });
    return [
      ...this.#wrongStatus(sent, operation, answer),
      ...(answer.headers['x-request-id'] === undefined ? ['no X-Request-Id'] : []),
      ...this.#leaks(answer),
      ...(isForeign(sent, answer) ? ["another tenant's"] : []),
      ...(sent.method === 'HEAD' ? [] : this.#wrongBody(operation, answer)),
    ];
  }

  #wrongStatus({ odd, bytes }: Sent, operation: Operation | undefined, { status }: RawAnswer): string[] {
    if (status === 500) return ['status 500'];
    const documented = operation === undefined ? ['404'] : Object.keys(operation.responses);
    if (bytes.body > BODY_LIMIT) documented.push('413');
    if (odd.host) documented.push('400');
    return documented.includes(String(status)) ? [] : [`status ${status}, of ${documented.join(', ')}`];
  }

  #leaks({ body, headers }: RawAnswer): string[] {
    const shown = `${JSON.stringify(headers)}\n${body}`;
    const internals = INTERNALS.map((pattern) => pattern.exec(shown)?.[0]).filter(
      (each) => each !== undefined,
    );
    const secrets = this.#secrets.filter((secret) => shown.includes(secret));
    return [...internals.map((found) => `shows ${found}`), ...secrets.map(() => 'shows a secret')];
  }

  #wrongBody(operation: Operation | undefined, answer: RawAnswer): string[] {
    const type = (answer.headers['content-type'] ?? '').split(';')[0]!;
    if (answer.status >= 400) {
      if (type !== 'application/json') return [`an error as ${type || 'nothing'}`];
      return [...this.#unlike('#/components/schemas/Error', answer.body), ...wrongError(answer)];
    }
    const content = operation?.responses[answer.status]?.content ?? {};
    if (!('application/json' in content) || type === 'text/event-stream') return [];
    if (type !== 'application/json') return [`a body as ${type || 'nothing'}`];
    const path = operation!.path.replaceAll('~', '~0').replaceAll('/', '~1');
    const place = `${operation!.method.toLowerCase()}/responses/${answer.status}/content/application~1json/schema`;
    return this.#unlike(`#/paths/${path}/${place}`, answer.body);
  }

  /** What the body has other than the schema at this place of the document. */
  #unlike(pointer: string, body: string): string[] {
    const reference = `api${pointer.replaceAll(/[{}]/g, encodeURIComponent)}`;
    const validate = this.#schemas.get(pointer) ?? this.#ajv.compile({ $ref: reference });
    this.#schemas.set(pointer, validate);
    const value = parsed(body);
    if (value === undefined) return ['a body that is no JSON'];
    return validate(value)
      ? []
      : [`a body that is not as documented: ${this.#ajv.errorsText(validate.errors)}`];
  }
}

function wrongError({ status, headers, body }: RawAnswer): string[] {
  const { error } = (parsed(body) ?? {}) as Partial<ErrorBody>;
  if (error === undefined) return [];
  return [
    ...(ERROR_STATUS[error.code] === status ? [] : [`${error.code} with status ${status}`]),
    ...(error.requestId === headers['x-request-id'] ? [] : ['another request id in the body']),
  ];
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

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** A signed URL opens its artifact to whoever has it. */
function isForeign({ foreign, target }: Sent, { body }: RawAnswer): boolean {
  return foreign !== undefined && body.includes(foreign) && !target.includes('signature=');
}
