import { HttpResponse, type HttpRequest } from '@smithy/core/protocols';
import { ConfiguredRetryStrategy } from '@smithy/core/retry';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { Readable } from 'node:stream';

/** `before`: the service never saw the request. `after`: it did what was asked, and the answer was lost. */
export const FAULT_KINDS = [
  'throttled',
  'failed',
  'timeout-before',
  'timeout-after',
  'reset-before',
  'reset-after',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export interface Fault {
  readonly kind: FaultKind;
  /** Of any operation by default. Calls of different operations may change places, those of one seldom do. */
  readonly operation?: string;
  /** Which call of the operation: 0 is the first. */
  readonly callIndex: number;
  /** `once`: the SDK's first repeat gets through. `always`: none does, and the caller sees an outage. */
  readonly lasting: 'once' | 'always';
}

/** Calls are counted in the order of their first attempts, over all clients that share this. */
export class FaultInjector {
  /** What was called since it was armed, e.g. `DynamoDB.TransactWriteItems`, in order. */
  readonly calls: string[] = [];
  /** What the fault hit, once it has. */
  hit: string | undefined;
  readonly #fault: Fault | undefined;
  readonly #indexes = new Map<string, number>();
  #isArmed = false;

  constructor(fault?: Fault) {
    this.#fault = fault;
  }

  /** Calls before this are neither counted nor hit. */
  arm(): void {
    this.#isArmed = true;
  }

  /** Calls after this go well, and are not counted. */
  disarm(): void {
    this.#isArmed = false;
  }

  /** For `createTestClients`. */
  readonly createHandler = (options: ConstructorParameters<typeof NodeHttpHandler>[0]): NodeHttpHandler =>
    new FaultyHandler(options, this);

  /** The fault that this attempt of a call meets. */
  meet(request: HttpRequest): FaultKind | undefined {
    if (!this.#isArmed) return undefined;
    const id = request.headers['amz-sdk-invocation-id'] ?? '';
    const fault = this.#fault;
    const isRepeat = this.#indexes.has(id);
    const operation = operationOf(request);
    const index = this.#indexes.get(id) ?? this.#count(id, operation);
    const isMeant = fault?.callIndex === index && (fault.operation ?? operation) === operation;
    if (!isMeant || (fault.lasting === 'once' && isRepeat)) return undefined;
    this.hit = operation;
    return fault.kind;
  }

  /** Which call it is, of those that the fault counts. */
  #count(id: string, operation: string): number {
    const counted =
      this.#fault?.operation === undefined ? this.calls : this.calls.filter((each) => each === operation);
    const index = counted.length;
    this.#indexes.set(id, index);
    this.calls.push(operation);
    return index;
  }
}

/** The SDK's own repeats, without its pauses. */
export function impatientRetries(maxAttempts = 3): ConfiguredRetryStrategy {
  return new ConfiguredRetryStrategy(maxAttempts, 0);
}

class FaultyHandler extends NodeHttpHandler {
  readonly #injector: FaultInjector;

  constructor(options: ConstructorParameters<typeof NodeHttpHandler>[0], injector: FaultInjector) {
    super(options);
    this.#injector = injector;
  }

  override async handle(
    request: HttpRequest,
    options?: Parameters<NodeHttpHandler['handle']>[1],
  ): Promise<{ response: HttpResponse }> {
    const kind = this.#injector.meet(request);
    if (kind?.endsWith('-after') === true) {
      const { response } = await super.handle(request, options);
      (response.body as Readable).resume();
    }
    switch (kind) {
      case undefined:
        return super.handle(request, options);
      case 'throttled':
        return { response: answer(request, 'ThrottlingException', isS3(request) ? 503 : 400) };
      case 'failed':
        return { response: answer(request, 'InternalServerError', 500) };
      case 'timeout-before':
      case 'timeout-after':
        throw Object.assign(new Error('The connection timed out.'), { name: 'TimeoutError' });
      case 'reset-before':
      case 'reset-after':
        throw Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
    }
  }
}

/** An error in the words of the service's protocol. */
function answer(request: HttpRequest, name: string, statusCode: number): HttpResponse {
  const isXml = isS3(request) || request.headers['x-amz-target'] === undefined;
  const s3Code = name === 'ThrottlingException' ? 'SlowDown' : 'InternalError';
  const text = isXml
    ? `<Error><Code>${isS3(request) ? s3Code : name}</Code><Message>Injected.</Message></Error>`
    : JSON.stringify({ __type: name, message: 'Injected.' });
  const headers = { 'content-type': isXml ? 'application/xml' : 'application/x-amz-json-1.1' };
  return new HttpResponse({ statusCode, headers, body: Readable.from([Buffer.from(text)]) });
}

function isS3({ headers, query }: HttpRequest): boolean {
  return (headers['authorization'] ?? '').includes('/s3/') || query?.['x-id'] !== undefined;
}

function operationOf(request: HttpRequest): string {
  const target = request.headers['x-amz-target'];
  if (target !== undefined) return target.replace(/_\d+\./, '.').replace(/^.*?([A-Za-z]+)\.(\w+)$/, '$1.$2');
  if (isS3(request)) return `S3.${String(request.query?.['x-id'] ?? request.method)}`;
  return `${request.method} ${request.path}`;
}
