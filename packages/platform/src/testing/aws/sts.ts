import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { accessKeyIdOf, closeServer, listen } from './json-service.js';

export const TEST_ACCOUNT_ID = '123456789012';

export interface StsServer {
  readonly url: string;
  /** Refuses who has such a key, as STS does: `ExpiredToken`, `InvalidClientTokenId`. */
  refuse(accessKeyId: string, code: string): void;
  close(): Promise<void>;
}

/** Starts an STS that answers who calls: a role called as the caller's access key. */
export async function startSts(): Promise<StsServer> {
  const refused = new Map<string, string>();
  const server = createServer((request, response) => {
    void respond(response, answer(request, refused));
  });
  return {
    url: await listen(server),
    refuse: (accessKeyId, code) => void refused.set(accessKeyId, code),
    close: () => closeServer(server),
  };
}

interface Answer {
  readonly status: number;
  readonly xml: string;
}

async function respond(response: ServerResponse, answering: Promise<Answer>): Promise<void> {
  const { status, xml } = await answering;
  response.writeHead(status, { 'content-type': 'text/xml' });
  response.end(xml);
}

async function answer(request: IncomingMessage, refused: ReadonlyMap<string, string>): Promise<Answer> {
  const action = new URLSearchParams(await text(request)).get('Action');
  const accessKeyId = accessKeyIdOf(request);
  if (action !== 'GetCallerIdentity') return fault(400, 'InvalidAction');
  if (accessKeyId === undefined) return fault(403, 'MissingAuthenticationToken');
  const code = refused.get(accessKeyId);
  return code === undefined ? identity(accessKeyId) : fault(403, code);
}

function identity(accessKeyId: string): Answer {
  const arn = `arn:aws:sts::${TEST_ACCOUNT_ID}:assumed-role/${accessKeyId}/session`;
  const result = `<Arn>${arn}</Arn><UserId>AROATEST:session</UserId><Account>${TEST_ACCOUNT_ID}</Account>`;
  return {
    status: 200,
    xml: inEnvelope(
      'GetCallerIdentityResponse',
      `<GetCallerIdentityResult>${result}</GetCallerIdentityResult>`,
    ),
  };
}

function fault(status: number, code: string): Answer {
  const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>${code}</Message></Error>`;
  return { status, xml: inEnvelope('ErrorResponse', error) };
}

function inEnvelope(name: string, content: string): string {
  return `<${name} xmlns="https://sts.amazonaws.com/doc/2011-06-15/">${content}<RequestId>test</RequestId></${name}>`;
}
