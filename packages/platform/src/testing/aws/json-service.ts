import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** An error that a service answers, by the name that the SDK gives it: `ResourceNotFoundException`. */
export class ServiceFault extends Error {
  override readonly name: string;
  readonly status: number;
  /** What the answer holds besides name and message. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(name: string, message: string, status = 400, details: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.name = name;
    this.status = status;
    this.details = details;
  }
}

export interface Caller {
  /** Of the signature: tells in a test which role made the call. */
  readonly accessKeyId: string | undefined;
}

/** What a service was asked, in order. */
export interface RecordedCall extends Caller {
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
}

export type Operation = (input: never, caller: Caller) => unknown;

export interface JsonService {
  readonly url: string;
  readonly calls: readonly RecordedCall[];
  close(): Promise<void>;
}

/** Serves operations in the AWS JSON 1.1 protocol (`X-Amz-Target: Prefix.Operation`) on a free port of loopback. */
export async function startJsonService(
  operations: Readonly<Record<string, Operation>>,
): Promise<JsonService> {
  const calls: RecordedCall[] = [];
  const server = createServer((request, response) => {
    void respond(response, answer(request, operations, calls));
  });
  return { url: await listen(server), calls, close: () => closeServer(server) };
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly fault?: string;
}

async function respond(response: ServerResponse, answering: Promise<Answer>): Promise<void> {
  const { status, body, fault } = await answering;
  response.writeHead(status, {
    'content-type': 'application/x-amz-json-1.1',
    ...(fault !== undefined && { 'x-amzn-errortype': fault }),
  });
  response.end(JSON.stringify(body));
}

async function answer(
  request: IncomingMessage,
  operations: Readonly<Record<string, Operation>>,
  calls: RecordedCall[],
): Promise<Answer> {
  const operation = String(request.headers['x-amz-target'] ?? '')
    .split('.')
    .at(-1)!;
  try {
    const input = JSON.parse((await text(request)) || '{}') as Record<string, unknown>;
    const caller = { accessKeyId: accessKeyIdOf(request) };
    calls.push({ operation, input, ...caller });
    const run = operations[operation];
    if (run === undefined)
      throw new ServiceFault('UnknownOperationException', `No such operation: ${operation}`);
    return { status: 200, body: (await run(input as never, caller)) ?? {} };
  } catch (error) {
    return faultOf(error);
  }
}

function faultOf(error: unknown): Answer {
  const isFault = error instanceof ServiceFault;
  const name = isFault ? error.name : 'InternalFailure';
  const message = error instanceof Error ? error.message : String(error);
  const details = isFault ? error.details : {};
  return { status: isFault ? error.status : 500, body: { __type: name, message, ...details }, fault: name };
}

/** From the Authorization header of a signed request. */
export function accessKeyIdOf({ headers }: Pick<IncomingMessage, 'headers'>): string | undefined {
  return /Credential=([^/,]+)\//.exec(headers.authorization ?? '')?.[1];
}

/** Listens on a free port of loopback; resolves to the URL. */
export async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Resolves once the server and all its connections are closed. */
export async function closeServer(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
}
