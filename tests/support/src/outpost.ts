import { AGENTS, type AgentName, type Dispatch, type ErrorBody, type LogLine } from '@outpost/contracts';
import { execa } from 'execa';
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { judgedFetch, judgeAnswersOf, judgeNoMoreOf } from './contract/index.js';
import { until } from './until.js';

const MAIN = fileURLToPath(import.meta.resolve('@outpost/control-plane/main'));
export const REPOSITORY_ROOT = fileURLToPath(new URL('../../../', import.meta.url));
export const AGENTS_DIR = join(REPOSITORY_ROOT, '.outpost', 'agents');

/** The machine's tools, with this Node first: gemini's launcher looks for one. */
export const PATH = `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`;

/** What Node compiles of the programs under test, it compiles once for all tests. */
export const COMPILE_CACHE = join(REPOSITORY_ROOT, 'node_modules', '.cache', 'node');

export interface Answer<T = unknown> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

export interface CallOptions {
  readonly key?: string | null;
  readonly json?: unknown;
  readonly body?: string;
  readonly headers?: Record<string, string>;
}

export interface OutpostOptions {
  readonly dataDir: string;
  readonly apiKey?: string;
  readonly env?: Record<string, string>;
  /** What starts it, in place of this Node and the program in this repository. */
  readonly command?: readonly [file: string, ...args: string[]];
}

export function randomKey(): string {
  return `otp_${randomBytes(32).toString('hex')}`;
}

type ControlPlaneProcess = ReturnType<typeof spawnControlPlane>;

function spawnControlPlane(
  [file, ...args]: readonly [string, ...string[]],
  dataDir: string,
  env: Record<string, string>,
) {
  return execa(file, args, {
    extendEnv: false,
    env: {
      PATH,
      NODE_COMPILE_CACHE: COMPILE_CACHE,
      PORT: '0',
      OUTPOST_AGENTS_DIR: AGENTS_DIR,
      OUTPOST_SANDBOX: 'none',
      OUTPOST_RATE_LIMIT_PER_MINUTE: '0',
      OUTPOST_FAILED_AUTH_PER_MINUTE: '0',
      ...env,
    },
    stdin: 'ignore',
    stdout: ['pipe', { file: join(dataDir, 'control-plane.out') }],
    stderr: { file: join(dataDir, 'control-plane.err') },
    buffer: false,
    reject: false,
  });
}

/** A control plane in a process of its own, with an environment of its own, on a free port of loopback. */
export class Outpost {
  readonly url: string;
  readonly apiKey: string;
  readonly dataDir: string;
  readonly pid: number;
  readonly #process: ControlPlaneProcess;

  private constructor(url: string, apiKey: string, dataDir: string, child: ControlPlaneProcess) {
    this.url = url;
    this.apiKey = apiKey;
    this.dataDir = dataDir;
    this.pid = child.pid!;
    this.#process = child;
  }

  static async start(options: OutpostOptions): Promise<Outpost> {
    const { dataDir, apiKey = randomKey(), env = {}, command = [process.execPath, MAIN] } = options;
    const home = join(dataDir, 'home');
    mkdirSync(home, { recursive: true });
    const child = spawnControlPlane(command, dataDir, {
      HOME: home,
      OUTPOST_DATA_DIR: dataDir,
      OUTPOST_BOOTSTRAP_API_KEY: apiKey,
      ...env,
    });
    const url = await listeningUrl(child.stdout);
    judgeAnswersOf(url);
    return new Outpost(url, apiKey, dataDir, child);
  }

  /** The same, called with another key. */
  as(apiKey: string): Outpost {
    return new Outpost(this.url, apiKey, this.dataDir, this.#process);
  }

  async call<T = unknown>(method: string, path: string, options: CallOptions = {}): Promise<Answer<T>> {
    const {
      key = this.apiKey,
      json,
      body = json === undefined ? undefined : JSON.stringify(json),
      headers = {},
    } = options;
    const response = await judgedFetch(new URL(path, this.url), {
      method,
      headers: {
        ...(key !== null && { 'x-api-key': key }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body }),
    });
    const text = await response.text();
    const isJson = (response.headers.get('content-type') ?? '').includes('json');
    return {
      status: response.status,
      headers: response.headers,
      body: (isJson ? JSON.parse(text) : text) as T,
    };
  }

  async dispatch(body: Record<string, unknown>, headers: Record<string, string> = {}): Promise<Dispatch> {
    const answer = await this.call<Dispatch | ErrorBody>('POST', '/dispatch', { json: body, headers });
    if (answer.status !== 202)
      throw new Error(`POST /dispatch answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    return answer.body as Dispatch;
  }

  async get(dispatchId: string, query = ''): Promise<Dispatch> {
    return (await this.call<Dispatch>('GET', `/dispatch/${dispatchId}${query}`)).body;
  }

  /** Waits until `isReached` holds. There is no limit here: the test's own ends it. */
  async waitFor(dispatchId: string, isReached: (dispatch: Dispatch) => boolean): Promise<Dispatch> {
    return until(async () => {
      const dispatch = await this.get(dispatchId);
      return isReached(dispatch) ? dispatch : undefined;
    });
  }

  async ended(dispatchId: string): Promise<Dispatch> {
    return this.waitFor(dispatchId, ({ completedAt }) => completedAt !== undefined);
  }

  async logs(dispatchId: string): Promise<LogLine[]> {
    return (await this.get(dispatchId, '?logs=1000')).logs ?? [];
  }

  async artifact(dispatchId: string, name: string): Promise<string> {
    return (await this.artifactBytes(dispatchId, name)).toString('utf8');
  }

  async artifactBytes(dispatchId: string, name: string): Promise<Buffer> {
    const { body } = await this.call<{ artifacts: { name: string; url: string }[] }>(
      'GET',
      `/artifacts/${dispatchId}`,
    );
    const artifact = body.artifacts.find((candidate) => candidate.name === name);
    if (artifact === undefined)
      throw new Error(`no ${name}; there are ${body.artifacts.map((each) => each.name).join(', ')}`);
    return Buffer.from(await (await judgedFetch(artifact.url)).arrayBuffer());
  }

  /** As Ctrl-C or an orchestrator does. */
  async stop(): Promise<number | undefined> {
    this.#process.kill('SIGTERM');
    return this.#ended();
  }

  /** As a power cut does, to this process alone. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#ended();
  }

  async #ended(): Promise<number | undefined> {
    const { exitCode } = await this.#process;
    judgeNoMoreOf(this.url);
    return exitCode;
  }
}

/** Dummy keys and loopback endpoints, so that the real CLIs talk to the scripted model and to nothing else. */
export function scriptedProviders(baseUrlFor: (agent: AgentName) => string): Record<string, string> {
  const agents = ['claude', 'codex', 'gemini', 'grok'] as const;
  return Object.fromEntries(
    agents.flatMap((agent) => [
      [AGENTS[agent].apiKeyVariable, `dummy-key-of-${agent}-0123456789`],
      [AGENTS[agent].baseUrlVariable, baseUrlFor(agent)],
    ]),
  );
}

/** Where a control plane listens, by its stdout. The rest is read too, so that it never waits for its log. */
export async function listeningUrl(stdout: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: stdout })) {
    const entry = JSON.parse(line) as { event?: string; url?: string };
    if (entry.event === 'listening' && entry.url !== undefined) {
      stdout.resume();
      return entry.url;
    }
  }
  throw new Error('the control plane did not start; its stderr says why');
}
