import type { ArtifactList, Dispatch, DispatchPage, ErrorBody, Fleet, LogPage } from '@outpost/contracts';
import {
  fakeAgentEnv,
  judgedFetch,
  makeRepository,
  type Outpost,
  shellTask,
  type Site,
  SITES,
} from '@outpost/test-support';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

describe.each(SITES)('on $name', ({ name: place, open }) => {
  let site: Site;
  let outpost: Outpost;
  let repo: string;
  let done: Dispatch;

  beforeAll(async () => {
    site = await open();
    repo = await site.repositoryUrl(await makeRepository());
    outpost = await site.start({ env: await fakeAgentEnv(site.directory) });
    const { dispatchId } = await outpost.dispatch({
      agent: 'claude',
      task: shellTask('for i in 1 2 3 4 5; do echo "line $i"; done; echo new > new.txt'),
      repo,
      userId: 'ada',
      tags: { team: 'core' },
    });
    done = await outpost.ended(dispatchId);
  });
  afterAll(async () => {
    await outpost.stop();
    await site.close();
  });

  /** Server-sent events until `enough`, or the end of the stream. */
  async function events(
    path: string,
    headers: Record<string, string> = {},
    enough = Infinity,
  ): Promise<EventSourceMessage[]> {
    const abort = new AbortController();
    const response = await judgedFetch(new URL(path, outpost.url), {
      headers: { 'x-api-key': outpost.apiKey, accept: 'text/event-stream', ...headers },
      signal: abort.signal,
    });
    const found: EventSourceMessage[] = [];
    const parser = createParser({ onEvent: (event) => found.push(event) });
    const decoder = new TextDecoder();
    for await (const chunk of response.body!) {
      parser.feed(decoder.decode(chunk, { stream: true }));
      if (found.length >= enough) break;
    }
    abort.abort();
    return found.slice(0, enough);
  }

  describe('the answer to POST /dispatch', () => {
    it('is 202 with the dispatch, its Location and a request id', async () => {
      const { status, headers, body } = await outpost.call<Dispatch>('POST', '/dispatch', {
        json: { agent: 'claude', task: shellTask('true'), repo },
        headers: { 'x-request-id': 'my-request-1' },
      });
      expect(status).toBe(202);
      expect(headers.get('location')).toBe(`/dispatch/${body.dispatchId}`);
      expect(headers.get('x-request-id')).toBe('my-request-1');
      expect(body).toMatchObject({
        agent: 'claude',
        modelId: 'claude-opus-4-5-20251101',
        tier: 'flagship',
        branch: 'main',
        status: 'PENDING',
      });
      await outpost.ended(body.dispatchId);
    });

    it('is the first one again for the same Idempotency-Key, and 409 for another body', async () => {
      const json = { agent: 'claude', task: shellTask('true'), repo };
      const headers = { 'idempotency-key': 'key-1' };
      const answers = await Promise.all(Array.from({ length: 50 }, () => outpost.dispatch(json, headers)));
      expect(new Set(answers.map(({ dispatchId }) => dispatchId)).size).toBe(1);
      const other = await outpost.call<ErrorBody>('POST', '/dispatch', {
        json: { ...json, userId: 'eve' },
        headers,
      });
      expect(other).toMatchObject({ status: 409, body: { error: { code: 'CONFLICT' } } });
      await outpost.ended(answers[0]!.dispatchId);
    });
  });

  describe('a dispatch that has ended', () => {
    it('says how: exit code, output, usage, cost, changes, timings', () => {
      expect(done).toMatchObject({
        status: 'COMPLETED',
        exitCode: 0,
        errorMessage: null,
        output: 'Done.',
        userId: 'ada',
        tags: { team: 'core' },
        usage: { inputTokens: 10, outputTokens: 5 },
        cost: { currency: 'USD', basis: 'price-table' },
        changes: { filesChanged: 1, insertions: 1, deletions: 0 },
      });
      expect(Object.keys(done.timings!)).toEqual(
        expect.arrayContaining(['workspace', 'clone', 'context', 'run', 'collect', 'upload']),
      );
      expect(done.cost!.total).toBeGreaterThan(0);
    });

    it('cannot be cancelled', async () => {
      const answer = await outpost.call<ErrorBody>('DELETE', `/dispatch/${done.dispatchId}`);
      expect(answer).toMatchObject({ status: 409, body: { error: { code: 'CONFLICT' } } });
    });

    it('has its artifacts, through URLs that need no key', async () => {
      const { body } = await outpost.call<ArtifactList>('GET', `/artifacts/${done.dispatchId}?expiresIn=60`);
      expect(body.expiresIn).toBe(60);
      expect(body.artifacts.map(({ name }) => name).toSorted()).toEqual([
        'changes.patch',
        'context.json',
        'manifest.json',
        'output.log',
        'repo.bundle',
        'summary.json',
        'task.md',
      ]);
      for (const { url, sizeBytes, contentType } of body.artifacts) {
        const response = await judgedFetch(url);
        expect([response.status, response.headers.get('content-type')]).toEqual([200, contentType]);
        expect((await response.arrayBuffer()).byteLength).toBe(sizeBytes);
      }
      const patch = await (await judgedFetch((await outpost.get(done.dispatchId)).artifactUrl!)).text();
      expect(patch).toContain('+new');
      const summary = JSON.parse(await outpost.artifact(done.dispatchId, 'summary.json')) as object;
      expect(summary).toMatchObject({
        dispatchId: done.dispatchId,
        status: 'COMPLETED',
        changes: done.changes,
      });
    });

    // On AWS it is S3 that refuses them: the conformance suite of artifacts looks at that.
    it.runIf(place === 'local').each([
      ['another name', (url: URL) => (url.pathname = url.pathname.replace('task.md', 'output.log'))],
      ['a later expiry', (url: URL) => url.searchParams.set('expires', '99999999999')],
      ['another tenant', (url: URL) => url.searchParams.set('tenant', 'other')],
      ['another signature', (url: URL) => url.searchParams.set('signature', '0'.repeat(64))],
    ])('does not give them for a URL with %s', async (_, tamper) => {
      const { body } = await outpost.call<ArtifactList>('GET', `/artifacts/${done.dispatchId}`);
      const url = new URL(body.artifacts.find(({ name }) => name === 'task.md')!.url);
      tamper(url);
      const response = await judgedFetch(url);
      expect([response.status, ((await response.json()) as ErrorBody).error.code]).toEqual([
        403,
        'AUTHORIZATION_ERROR',
      ]);
    });

    it('has put its cost event out, once', async () => {
      expect(await site.costEvents(done.dispatchId)).toEqual([
        expect.objectContaining({
          type: 'dispatch.cost',
          status: 'COMPLETED',
          cost: done.cost,
          userId: 'ada',
          cpuUnits: 2048,
        }),
      ]);
    });
  });

  describe('the log', () => {
    it('comes in pages that join without a gap', async () => {
      const lines: string[] = [];
      let cursor = '';
      for (let complete = false; !complete;) {
        const { body }: { body: LogPage } = await outpost.call<LogPage>(
          'GET',
          `/dispatch/${done.dispatchId}/logs?limit=2${cursor}`,
        );
        expect(body.lines.length).toBeLessThanOrEqual(2);
        lines.push(...body.lines.map(({ text }) => text));
        complete = body.complete;
        cursor = `&cursor=${encodeURIComponent(body.nextCursor)}`;
      }
      expect(lines).toEqual((await outpost.logs(done.dispatchId)).map(({ text }) => text));
      expect(lines.filter((text) => text.startsWith('line '))).toEqual([
        'line 1',
        'line 2',
        'line 3',
        'line 4',
        'line 5',
      ]);
    });

    it('is followed live, and resumed after the last event seen', async () => {
      const gate = join(site.directory, 'gate');
      const { dispatchId } = await outpost.dispatch({
        agent: 'claude',
        task: shellTask(`echo before; until test -e ${gate}; do sleep 0.05; done; echo after`),
      });
      const path = `/dispatch/${dispatchId}/logs`;
      const first: EventSourceMessage[] = [];
      while (!first.some(({ data }) => data.includes('before')))
        first.splice(0, Infinity, ...(await events(path, {}, first.length + 1)));
      await outpost.dispatch({ agent: 'claude', task: shellTask(`touch ${gate}`) });
      const rest = await events(path, { 'last-event-id': first.at(-1)!.id! });
      const texts = rest.map(({ data }) => data);
      expect(texts.some((data) => data.includes('after'))).toBe(true);
      expect(texts.some((data) => data.includes('before'))).toBe(false);
      expect(rest.at(-1)).toMatchObject({ event: 'end', data: '{"status":"COMPLETED"}' });
    });

    it('refuses a cursor that is none, also to a follower', async () => {
      const path = `/dispatch/${done.dispatchId}/logs?cursor=nonsense`;
      for (const accept of ['application/json', 'text/event-stream']) {
        const answer = await outpost.call<ErrorBody>('GET', path, { headers: { accept } });
        expect(answer).toMatchObject({
          status: 400,
          body: { error: { code: 'VALIDATION_ERROR', details: [{ path: 'query.cursor' }] } },
        });
      }
    });
  });

  describe('GET /runs', () => {
    it('pages through the newest first, and filters', async () => {
      const all = (await outpost.call<DispatchPage>('GET', '/runs?limit=100')).body.runs.map(
        ({ dispatchId }) => dispatchId,
      );
      expect(all).toEqual(all.toSorted().toReversed());
      const paged: string[] = [];
      let cursor: string | undefined;
      do {
        const query: string = cursor === undefined ? '' : `&cursor=${cursor}`;
        const { body } = await outpost.call<DispatchPage>('GET', `/runs?limit=2${query}`);
        paged.push(...body.runs.map(({ dispatchId }) => dispatchId));
        cursor = body.nextCursor;
      } while (cursor !== undefined);
      expect(paged).toEqual(all);
      const filtered = (
        await outpost.call<DispatchPage>(
          'GET',
          `/runs?userId=ada&agent=claude&status=COMPLETED&repo=${encodeURIComponent(repo)}`,
        )
      ).body.runs;
      expect(filtered.map(({ dispatchId }) => dispatchId)).toEqual([done.dispatchId]);
      expect((await outpost.call<DispatchPage>('GET', '/runs?agent=grok')).body.runs).toEqual([]);
    });
  });

  describe('the fleet', () => {
    it('says of each agent whether it can be had, or why not, and how it did', async () => {
      const { body } = await outpost.call<Fleet>('GET', '/fleet');
      expect(body.agents.map(({ agent }) => agent)).toEqual(['claude', 'codex', 'gemini', 'aider', 'grok']);
      const claude = body.agents.find(({ agent }) => agent === 'claude');
      expect(claude).toMatchObject({ available: true, limit: 5, successRate: 1 });
      expect(claude?.p50DurationMs).toBeGreaterThan(0);
      // In an image, every agent is installed.
      expect(body.agents.find(({ agent }) => agent === 'aider')).toMatchObject(
        place === 'aws'
          ? { available: true }
          : { available: false, reason: expect.stringMatching(/install aider/) },
      );
    });
  });

  describe('what needs no key', () => {
    it.each(['/health', '/health/live', '/health/ready'])('%s', async (path) => {
      expect(await outpost.call('GET', path, { key: null })).toMatchObject({
        status: 200,
        body: { status: 'ok' },
      });
    });

    it('/openapi.json describes every operation', async () => {
      const { body } = await outpost.call<{ openapi: string; paths: object }>('GET', '/openapi.json', {
        key: null,
      });
      expect(body.openapi).toBe('3.1.0');
      expect(Object.keys(body.paths)).toContain('/dispatch/{dispatchId}/logs');
    });
  });

  describe('the rate limit', () => {
    it('answers 429 with when to come back', async () => {
      const limited = await site.start({ env: { OUTPOST_RATE_LIMIT_PER_MINUTE: '2' } });
      try {
        const answers = [
          await limited.call('GET', '/runs'),
          await limited.call('GET', '/runs'),
          await limited.call<ErrorBody>('GET', '/runs'),
        ];
        expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
        expect(answers.map(({ headers }) => headers.get('x-ratelimit-remaining'))).toEqual(['1', '0', '0']);
        expect(Number(answers[2]!.headers.get('retry-after'))).toBeGreaterThan(0);
        expect(answers[2]!.body).toMatchObject({ error: { code: 'RATE_LIMIT_EXCEEDED' } });
        expect((await limited.call('GET', '/health', { key: null })).status).toBe(200);
      } finally {
        await limited.stop();
      }
    });
  });
});
