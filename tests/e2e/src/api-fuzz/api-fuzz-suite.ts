import { operationsOf, type ApiDocument, type Site } from '@outpost/test-support';
import fc from 'fast-check';
import { Agent } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AnswerJudge } from './api-answers.js';
import { apiRequests } from './api-requests.js';
import { FuzzWorld } from './fuzz-world.js';
import { play } from './play.js';
import { Tally } from './tally.js';

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
  // As whoever writes a client gets it: from the control plane itself.
  const { body: document } = await world.outpost.call<ApiDocument>('GET', '/openapi.json', { key: null });
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

/** Each once, several at a time. */
async function inTurns<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  const waiting = items.values();
  await Promise.all(
    Array.from({ length: AT_A_TIME }, async () => {
      for (const item of waiting) await act(item);
    }),
  );
}
