import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

export interface ApiCall {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly authorization: string | undefined;
  readonly body: Readonly<Record<string, unknown>> | undefined;
}

export interface ApiPullRequest {
  readonly number: number;
  readonly repository: string;
  readonly node_id: string;
  readonly html_url: string;
  readonly head: string;
  base: { ref: string };
  title: string;
  body: string;
  draft: boolean;
  state: 'open' | 'closed';
}

export interface GitHubApi {
  readonly listener: RequestListener;
  /** All that was asked, in its order. */
  readonly calls: readonly ApiCall[];
  readonly pulls: readonly ApiPullRequest[];
  /** Has the next call that this matches answered by `answer`, or not at all. */
  interfere(match: (call: ApiCall) => boolean, answer?: { status: number; body: object }): Promise<ApiCall>;
}

interface Interference {
  readonly match: (call: ApiCall) => boolean;
  readonly answer: { status: number; body: object } | undefined;
  readonly met: (call: ApiCall) => void;
}

/** What promoting needs of the API of GitHub, as it answers it. `origin` is that of the pages of pull requests. */
export function createGitHubApi({
  tokens,
  origin,
}: {
  tokens: readonly string[];
  origin: string;
}): GitHubApi {
  const calls: ApiCall[] = [];
  const pulls: ApiPullRequest[] = [];
  const interferences: Interference[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const call = await callOf(request);
    calls.push(call);
    const at = interferences.findIndex(({ match }) => match(call));
    const [interference] = at < 0 ? [] : interferences.splice(at, 1);
    interference?.met(call);
    if (interference !== undefined && interference.answer === undefined) return;
    const { status, body } = interference?.answer ?? respond(call);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };

  const respond = (call: ApiCall): { status: number; body: object } => {
    const token = /^(?:token|bearer) (.*)$/i.exec(call.authorization ?? '')?.[1];
    if (token === undefined || !tokens.includes(token))
      return { status: 401, body: { message: 'Bad credentials' } };
    if (call.path.endsWith('/graphql')) return graphql(call, pulls);
    const [, repository, number] = /\/repos\/([^/]+\/[^/]+)\/pulls(?:\/(\d+))?$/.exec(call.path) ?? [];
    if (repository === undefined) return { status: 404, body: { message: 'Not Found' } };
    if (call.method === 'GET') return { status: 200, body: find(call, repository) };
    if (call.method === 'POST') return open(call, repository);
    const pull = pulls.find((each) => each.repository === repository && String(each.number) === number);
    if (pull === undefined) return { status: 404, body: { message: 'Not Found' } };
    const { base, ...text } = call.body as { base?: string };
    Object.assign(pull, text, base !== undefined && { base: { ref: base } });
    return { status: 200, body: pull };
  };

  const find = ({ query }: ApiCall, repository: string): ApiPullRequest[] =>
    pulls.filter(
      (each) =>
        each.repository === repository &&
        each.state === (query['state'] ?? 'open') &&
        (query['head'] === undefined || `${repository.split('/')[0]}:${each.head}` === query['head']),
    );

  const open = ({ body = {} }: ApiCall, repository: string): { status: number; body: object } => {
    const {
      head,
      base,
      title,
      body: text,
      draft = false,
    } = body as Record<string, string> & { draft?: boolean };
    const isThere = pulls.some(
      (each) => each.repository === repository && each.head === head && each.state === 'open',
    );
    if (isThere) {
      const message = `A pull request already exists for ${head}.`;
      return { status: 422, body: { message: 'Validation Failed', errors: [{ message }] } };
    }
    const number = pulls.length + 1;
    const pull: ApiPullRequest = {
      number,
      repository,
      node_id: `PR_${number}`,
      html_url: `${origin}/${repository}/pull/${number}`,
      head: head!,
      base: { ref: base! },
      title: title!,
      body: text ?? '',
      draft,
      state: 'open',
    };
    pulls.push(pull);
    return { status: 201, body: pull };
  };

  return {
    listener: (request, response) => void answer(request, response),
    calls,
    pulls,
    interfere: (match, given) =>
      new Promise((met) => {
        interferences.push({ match, answer: given, met });
      }),
  };
}

async function callOf(request: IncomingMessage): Promise<ApiCall> {
  const { pathname: path, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  const hasBody = request.method !== 'GET';
  return {
    method: request.method ?? 'GET',
    path,
    query: Object.fromEntries(searchParams),
    authorization: request.headers.authorization,
    body: hasBody ? ((await json(request)) as Record<string, unknown>) : undefined,
  };
}

function graphql({ body = {} }: ApiCall, pulls: readonly ApiPullRequest[]): { status: number; body: object } {
  const { query, variables } = body as { query: string; variables: { id: string } };
  const pull = pulls.find(({ node_id: id }) => id === variables.id);
  if (pull === undefined)
    return { status: 200, body: { errors: [{ message: 'Could not resolve to a node' }] } };
  pull.draft = query.includes('convertPullRequestToDraft');
  return { status: 200, body: { data: { ok: { pullRequest: { isDraft: pull.draft } } } } };
}

export interface GitHubApiServer extends GitHubApi {
  readonly origin: string;
  close(): Promise<void>;
}

/** On a free port of loopback, as a GitHub Enterprise Server has it: under /api/v3. What is not of the API is `other`'s. */
export async function startGitHubApi(
  tokens: readonly string[],
  other: RequestListener = (_, response) => void response.writeHead(404).end(),
): Promise<GitHubApiServer> {
  let listener: RequestListener = other;
  const server = createServer((request, response) => {
    if (request.url?.startsWith('/api/') === true) listener(request, response);
    else other(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const api = createGitHubApi({ tokens, origin });
  ({ listener } = api);
  return {
    ...api,
    origin,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
