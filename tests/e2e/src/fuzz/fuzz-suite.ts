import type { CreatedApiKey, Dispatch } from '@outpost/contracts';
import { fakeAgentEnv, Outpost, randomKey, shellTask, temporaryDirectory } from '@outpost/test-support';
import fc from 'fast-check';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problemOf, send } from './answers.js';
import { requestsOf, type FuzzRequest, type Known, type OpenApi } from './fuzz-requests.js';

const AT_ONCE = 16;
const BATCH = 1_000;

export interface FuzzParams {
  readonly seed: number;
  readonly requests: number;
  readonly timeoutMs: number;
}

/** Requests of all shapes, to every operation that the API's own document names. */
export function describeFuzz({ seed, requests, timeoutMs }: FuzzParams): void {
  describe(`${requests} requests by the OpenAPI document, seed ${seed}`, { timeout: timeoutMs }, () => {
    let outpost: Outpost;
    let directory: string;
    let known: Known;
    let keys: readonly string[];
    let holder: string;
    const statuses = new Map<number, number>();

    beforeAll(async () => {
      directory = await temporaryDirectory();
      const env = {
        ...(await fakeAgentEnv(directory)),
        // One holds the slot: all others wait, and nothing is started for them.
        OUTPOST_MAX_CONCURRENT_PER_AGENT: '1',
      };
      outpost = await Outpost.start({ dataDir: directory, env });
      ({ known, keys, holder } = await populate(outpost));
    });
    afterAll(async () => {
      const counts = [...statuses].toSorted(([a], [b]) => a - b);
      console.info(`fuzzed: ${counts.map(([status, count]) => `${count} x ${status}`).join(', ')}`);
      await outpost.call('DELETE', `/dispatch/${holder}`);
      await outpost.ended(holder);
      await outpost.stop();
    });

    it('are all answered as the document says, and break nothing', async () => {
      const document = (await outpost.call<OpenApi>('GET', '/openapi.json', { key: null })).body;
      const request = requestsOf(document, known, keys);
      const problems: unknown[] = [];
      for (let batch = 0; batch * BATCH < requests; batch += 1) {
        const numRuns = Math.min(BATCH, requests - batch * BATCH);
        const left = fc.sample(request, { seed: seed + batch, numRuns });
        await Promise.all(
          Array.from({ length: AT_ONCE }, async () => {
            for (let next = left.pop(); next !== undefined; next = left.pop())
              problems.push(...(await tryOut(outpost.url, next, statuses)));
          }),
        );
        if (problems.length > 0) break;
      }
      expect(problems.slice(0, 3)).toEqual([]);
      expect((await outpost.call('GET', '/health/ready', { key: null })).status).toBe(200);
      expect(await errorsIn(directory)).toEqual([]);
    });
  });
}

async function tryOut(
  origin: string,
  request: FuzzRequest,
  statuses: Map<number, number>,
): Promise<readonly unknown[]> {
  try {
    const answer = await send(origin, request);
    statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
    const problem = problemOf(request, answer);
    return problem === undefined ? [] : [{ problem, request, answer }];
  } catch (error) {
    return [{ problem: 'no answer', request, error: String(error) }];
  }
}

/** Something of everything that an id may name, and keys of every kind. */
async function populate(
  outpost: Outpost,
): Promise<{ known: Known; keys: readonly string[]; holder: string }> {
  const submit = async (script: string): Promise<string> => {
    const { body } = await outpost.call<Dispatch>('POST', '/dispatch', {
      json: { agent: 'claude', task: shellTask(script) },
    });
    return body.dispatchId;
  };
  const ended = await submit('true');
  await outpost.ended(ended);
  const holder = await submit('sleep 6000');
  const waiting = [await submit('true'), await submit('true')];
  await outpost.call('POST', '/tenants', { json: { tenantId: 'acme' } });
  const newKey = async (path: string, scopes: readonly string[]): Promise<CreatedApiKey> =>
    (await outpost.call<CreatedApiKey>('POST', path, { json: { name: 'fuzz', scopes } })).body;
  const [own, narrow, foreign] = [
    await newKey('/api-keys', ['admin']),
    await newKey('/api-keys', ['list']),
    await newKey('/tenants/acme/api-keys', ['admin']),
  ];
  return {
    holder,
    known: {
      dispatchId: [ended, ...waiting, '01K4ZJ8W2T6V0Q9S3R5X7Y1B2C'],
      // Not that of a key that others are called with.
      apiKeyId: [(await newKey('/api-keys', ['list'])).apiKeyId],
      tenantId: ['acme', 'absent'],
      name: ['changes.patch', 'output.log'],
    },
    keys: [outpost.apiKey, outpost.apiKey, own.key, narrow.key, foreign.key, randomKey()],
  };
}

/** What the server has logged as a fault of its own. */
async function errorsIn(directory: string): Promise<readonly string[]> {
  const text = await readFile(join(directory, 'control-plane.out'), 'utf8');
  return text.split('\n').filter((line) => /^\{"level":[56]0/.test(line));
}
