import { ERROR_STATUS, type ErrorBody } from '@outpost/contracts';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { operationFor, operationsOf, type ApiDocument, type Operation } from './api-document.js';

/** Of a request, what tells which operation it was for. `target`: the path, with its query. */
export interface Asked {
  readonly method: string;
  readonly target: string;
}

export interface JudgedAnswer {
  readonly status: number;
  /** By names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Of a stream that goes on, its beginning. */
  readonly body: string;
}

const ERROR = '#/components/schemas/Error';

/** What the API document says of answers. */
export class AnswerContract {
  readonly #operations: readonly Operation[];
  readonly #ajv = new Ajv2020({ strict: false, allErrors: false });
  readonly #schemas = new Map<string, ValidateFunction>();

  constructor(document: ApiDocument) {
    formats.default(this.#ajv);
    this.#ajv.addSchema(document, 'api');
    this.#operations = operationsOf(document);
  }

  /** What of the answer is other than documented; `others` are statuses that this one request may also have. */
  problems({ method, target }: Asked, answer: JudgedAnswer, others: readonly number[] = []): string[] {
    const operation = operationFor(this.#operations, { method, path: target });
    const documented = operation === undefined ? ['404'] : Object.keys(operation.responses);
    const isKnown = [...documented, ...others.map(String)].includes(String(answer.status));
    return [
      ...(isKnown ? [] : [`status ${answer.status}, of ${documented.join(', ')}`]),
      ...(answer.headers['x-request-id'] === undefined ? ['no X-Request-Id'] : []),
      ...(method === 'HEAD' ? [] : this.#wrongBody(operation, answer)),
    ];
  }

  #wrongBody(operation: Operation | undefined, answer: JudgedAnswer): string[] {
    const content = operation?.responses[answer.status]?.content;
    const type = String(answer.headers['content-type'] ?? '').split(';')[0]!;
    if (content === undefined) {
      if (type !== 'application/json') return [`an error as ${type || 'nothing'}`];
      return [...this.#unlike(ERROR, answer.body), ...wrongError(answer)];
    }
    if ('*/*' in content) return [];
    if (!(type in content)) return [`a body as ${type || 'nothing'}, of ${Object.keys(content).join(', ')}`];
    if (type !== 'application/json') return [];
    const place = [
      'paths',
      operation!.path,
      operation!.method.toLowerCase(),
      'responses',
      String(answer.status),
      'content',
      type,
      'schema',
    ];
    const pointer = `#/${place.map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1')).join('/')}`;
    const isError = content[type]!.schema.$ref === ERROR;
    return [...this.#unlike(pointer, answer.body), ...(isError ? wrongError(answer) : [])];
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

function wrongError({ status, headers, body }: JudgedAnswer): string[] {
  const { error } = (parsed(body) ?? {}) as Partial<ErrorBody>;
  if (error === undefined) return [];
  return [
    ...(ERROR_STATUS[error.code] === status ? [] : [`${error.code} with status ${status}`]),
    ...(error.requestId === headers['x-request-id'] ? [] : ['another request id in the body']),
  ];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
