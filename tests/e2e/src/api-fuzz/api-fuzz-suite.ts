import type { Site } from '@outpost/test-support';
import fc from 'fast-check';
import { Agent } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AnswerJudge } from './api-answers.js';
import { operationsOf, readDocument } from './api-document.js';
import { apiRequests, type ApiRequest } from './api-requests.js';
import { FuzzWorld } from './fuzz-world.js';
import { headersOf, send, targetOf, type RawAnswer } from './raw-http.js';

export interface ApiFuzzParams {
  readonly seed: number;
  readonly requests: number;
  readonly timeoutMs: number;
  readonly site: { readonly name: string; readonly open: () => Promise<Site> };
}

const AT_A_TIME = 8;
/** Made at a time: some of them hold megabytes. */
const BATCH = 500;
/** As many are shown; one fault is usually behind many. */
const MAX_SHOWN = 20;

/** Whatever is sent to the API. */
export function describeApiFuzz({ seed, requests, timeoutMs, site: { name, open } }: ApiFuzzParams): void {
  describe(`the API on ${name}, ${requests} requests, seed ${seed}`, () => {
    let site: Site;
    let world: FuzzWorld;
    const tally = new Tally();
    beforeAll(async () => {
      site = await open();
      world = await FuzzWorld.open(site);
    });
    afterAll(async () => {
      await world.close();
      await site.close();
      console.info(tally.describe());
    });

    it('answers as it says, shows nothing of its inside, and lives on', { timeout: timeoutMs }, async () => {
      const before = await world.health();
      const problems = await fuzz(world, { seed, requests, tally });
      expect(problems.slice(0, MAX_SHOWN)).toEqual([]);
      expect(await world.health()).toEqual({ ready: 200, isAlive: true, errors: [], stderr: before.stderr });
      expect(tally.requests).toBe(requests);
    });
  });
}

async function fuzz(
  world: FuzzWorld,
  { seed, requests, tally }: { readonly seed: number; readonly requests: number; readonly tally: Tally },
): Promise<string[]> {
  const document = await readDocument(world.outpost);
  const judge = new AnswerJudge(document, world.secrets);
  const arbitrary = apiRequests({ document, known: world.known }, operationsOf(document));
  const problems: string[] = [];
  for (let made = 0; made < requests; made += BATCH) {
    const batch = fc.sample(arbitrary, { seed: seed + made, numRuns: Math.min(BATCH, requests - made) });
    // Connections of its own: while a batch is made, nobody would see that the server closes idle ones.
    const agent = new Agent({ keepAlive: true, maxSockets: AT_A_TIME });
    await inTurns(batch, async (request) => {
      problems.push(...(await play({ world, judge, agent, tally }, request)));
    });
    agent.destroy();
  }
  return problems;
}

interface Play {
  readonly world: FuzzWorld;
  readonly judge: AnswerJudge;
  readonly agent: Agent;
  readonly tally: Tally;
}

async function play({ world, judge, agent, tally }: Play, request: ApiRequest): Promise<string[]> {
  const key = world.keys[request.caller];
  const credential = request.caller === 'bearer' ? { authorization: `Bearer ${key}` } : { 'x-api-key': key };
  const headers = { ...(key !== undefined && (credential as Record<string, string>)), ...request.headers };
  const describeIt = (what: string): string =>
    `${what}: ${request.madeFrom} as ${request.caller}: ${request.method} ${targetOf(request).slice(0, 300)} ` +
    `${JSON.stringify(request.headers).slice(0, 300)} ${request.body?.slice(0, 300) ?? ''}`;
  let answer: RawAnswer;
  try {
    answer = await send({ url: world.outpost.url, agent }, { ...request, headers });
  } catch (error) {
    tally.count(request.madeFrom, 'none');
    return [describeIt(`no answer (${String(error)})`)];
  }
  tally.count(request.madeFrom, answer.status);
  const target = targetOf(request);
  const sent = {
    method: request.method,
    target,
    odd: { host: 'host' in request.headers, expectation: 'expect' in request.headers },
    foreign: request.caller === 'otherTenant' ? world.mark : undefined,
    bytes: {
      head: target.length + JSON.stringify(headersOf(headers)).length,
      body: Buffer.byteLength(request.body ?? ''),
    },
  };
  return judge
    .problems(sent, answer)
    .map((problem) => `${describeIt(problem)} -> ${answer.status} ${answer.body.slice(0, 300)}`);
}

/** Each once, several at a time. */
async function inTurns<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  const waiting = items.values();
  await Promise.all(
    Array.from({ length: AT_A_TIME }, async () => {
      for (const item of waiting) await act(item);
    }),
  );
}

/** How many requests were made from each operation, and how they were answered. */
class Tally {
  requests = 0;
  readonly #counts = new Map<string, Map<number | 'none', number>>();

  count(operationId: string, status: number | 'none'): void {
    this.requests += 1;
    for (const name of [operationId, 'all']) {
      const counts = this.#counts.get(name) ?? new Map<number | 'none', number>();
      this.#counts.set(name, counts.set(status, (counts.get(status) ?? 0) + 1));
    }
  }

  describe(): string {
    const lines = [...this.#counts].map(([name, counts]) => {
      const shown = [...counts].toSorted(([a], [b]) => Number(a) - Number(b));
      return `${name}: ${shown.map(([status, count]) => `${count} x ${status}`).join(', ')}`;
    });
    return [`${this.requests} requests`, ...lines].join('\n');
  }
}
