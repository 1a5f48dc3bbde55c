import type { AwsService } from '@outpost/platform/aws';
import type { RecordedSdkCall } from '@outpost/platform/testing/aws';
import {
  createServer,
  request as send,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { s3CallOf } from './s3-wire.js';

/** A call as it came over the wire. */
export interface WireCall extends RecordedSdkCall {
  /** Of the signature: whose role made the call. */
  readonly accessKeyId: string | undefined;
}

type Environment = Readonly<Record<string, string>>;

const SERVICES: Readonly<Record<string, AwsService>> = {
  AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: 'logs',
  AWS_ENDPOINT_URL_DYNAMODB: 'dynamodb',
  AWS_ENDPOINT_URL_ECS: 'ecs',
  AWS_ENDPOINT_URL_EFS: 'efs',
  AWS_ENDPOINT_URL_EVENTBRIDGE: 'events',
  AWS_ENDPOINT_URL_S3: 's3',
  AWS_ENDPOINT_URL_SECRETS_MANAGER: 'secrets',
  AWS_ENDPOINT_URL_SQS: 'sqs',
  AWS_ENDPOINT_URL_STS: 'sts',
};

/** Stands before the servers of an account, and notes what processes ask of them. */
export class CallRecorder {
  readonly calls: WireCall[] = [];
  readonly #servers: Server[] = [];
  readonly #urls = new Map<string, Promise<string>>();

  /** The environment of a process, with this in place of every endpoint that it names. */
  async before(environment: Environment): Promise<Environment> {
    const entries = Object.entries(environment).map(async ([name, value]) => {
      const service = name.startsWith('AWS_ENDPOINT_URL') ? serviceOf(name) : undefined;
      return [name, service === undefined || value === '' ? value : await this.#proxy(service, value)];
    });
    return Object.fromEntries(await Promise.all(entries)) as Environment;
  }

  async close(): Promise<void> {
    for (const server of this.#servers) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  #proxy(service: AwsService, target: string): Promise<string> {
    const id = `${service} ${target}`;
    const url = this.#urls.get(id) ?? this.#start(service, target);
    this.#urls.set(id, url);
    return url;
  }

  async #start(service: AwsService, target: string): Promise<string> {
    const server = createServer((request, response) => {
      void this.#note(service, request);
      forward(request, response, target);
    });
    this.#servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async #note(service: AwsService, request: IncomingMessage): Promise<void> {
    const accessKeyId = accessKeyIdOf(request);
    this.calls.push({ service, accessKeyId, ...(await callOf(service, request)) });
  }
}

/** Throws on one that is new here: what is asked of it would go by unseen. */
function serviceOf(variable: string): AwsService {
  const service = SERVICES[variable];
  if (service === undefined) throw new Error(`It is not known which service ${variable} is of.`);
  return service;
}

/** From the header of a signed request, or from a presigned URL. */
function accessKeyIdOf({ headers, url = '' }: IncomingMessage): string | undefined {
  const signature = headers.authorization ?? decodeURIComponent(url);
  return /Credential=([^/,]+)\//.exec(signature)?.[1];
}

function forward(request: IncomingMessage, response: ServerResponse, target: string): void {
  const { method, url = '/', headers } = request;
  const upstream = send(new URL(url, target), { method, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  upstream.on('error', () => response.destroy());
  request.pipe(upstream);
}

async function callOf(
  service: AwsService,
  request: IncomingMessage,
): Promise<Pick<RecordedSdkCall, 'operation' | 'input'>> {
  if (service === 's3') return s3CallOf(request);
  const body = await text(request);
  const target = request.headers['x-amz-target'];
  if (typeof target !== 'string') return { operation: `${request.method} ${request.url}`, input: { body } };
  return { operation: target.split('.').at(-1)!, input: JSON.parse(body) as RecordedSdkCall['input'] };
}
