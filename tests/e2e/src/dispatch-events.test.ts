import type { Dispatch, DispatchEvent, DispatchEventPage, ErrorBody } from '@outpost/contracts';
import { fakeAgentEnv, shellTask, SITES, type Outpost, type Site } from '@outpost/test-support';
import { EventSourceParserStream, type EventSourceMessage } from 'eventsource-parser/stream';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const STAGES = ['claim', 'workspace', 'clone', 'context', 'run', 'collect', 'upload'];
const TYPES = [
  'dispatch.pending',
  'dispatch.started',
  ...STAGES.map(() => 'dispatch.stage'),
  'dispatch.completed',
];

describe.each(SITES)('the events of a dispatch, on $name', ({ open }) => {
  let site: Site;
  let outpost: Outpost;

  beforeAll(async () => {
    site = await open();
    outpost = await site.start({ env: await fakeAgentEnv(site.directory) });
  });
  afterAll(async () => {
    await outpost.stop();
    await site.close();
  });

  const pageOf = async ({ dispatchId }: Pick<Dispatch, 'dispatchId'>, query = '') =>
    (await outpost.call<DispatchEventPage>('GET', `/dispatch/${dispatchId}/events${query}`)).body;

  const follow = async ({ dispatchId }: Dispatch, lastEventId?: string): Promise<EventSourceMessage[]> => {
    const response = await fetch(new URL(`/dispatch/${dispatchId}/events`, outpost.url), {
      headers: {
        'x-api-key': outpost.apiKey,
        accept: 'text/event-stream',
        ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
      },
    });
    const messages: EventSourceMessage[] = [];
    const stream = response
      .body!.pipeThrough(new TextDecoderStream())
      .pipeThrough(new EventSourceParserStream());
    for await (const message of stream) messages.push(message);
    return messages;
  };

  it('are followed to its end, resumed, and read in pages', async () => {
    const gate = join(site.directory, 'gate');
    const task = shellTask(`until test -e ${gate}; do sleep 0.05; done`);
    const dispatch = await outpost.dispatch({ agent: 'claude', task });
    const following = follow(dispatch);
    await outpost.waitFor(dispatch.dispatchId, ({ stage }) => stage === 'run');
    const soFar = await pageOf(dispatch);
    expect(soFar.complete).toBe(false);
    await writeFile(gate, '');
    const messages = await following;
    expect(messages.map(({ event }) => event)).toEqual([...TYPES, 'end']);
    expect(messages.at(-1)!.data).toBe('{"status":"COMPLETED"}');
    const events = messages.slice(0, -1).map(({ data }) => JSON.parse(data) as DispatchEvent);
    expect(events.map(({ eventId }) => eventId)).toEqual(messages.slice(0, -1).map(({ id }) => id));
    expect(events.flatMap((event) => (event.type === 'dispatch.stage' ? [event.stage] : []))).toEqual(STAGES);
    expect(events.slice(0, soFar.events.length)).toEqual(soFar.events);
    for (const event of events) expect(event).toMatchObject({ dispatchId: dispatch.dispatchId, attempt: 1 });

    const rest = await follow(dispatch, soFar.nextCursor);
    expect(rest).toEqual(messages.slice(soFar.events.length));
    const first = await pageOf(dispatch, '?limit=4');
    const second = await pageOf(dispatch, `?cursor=${first.nextCursor}`);
    expect([...first.events, ...second.events]).toEqual(events);
    expect([first.complete, second.complete]).toEqual([false, true]);
    expect(await pageOf(dispatch, `?cursor=${second.nextCursor}`)).toEqual({ ...second, events: [] });
  });

  it('are those of one that waited and was cancelled', async () => {
    await outpost.call('POST', '/tenants', { json: { tenantId: 'narrow', maxConcurrent: 1 } });
    const narrow = outpost.as(await site.tenantKey('narrow', ['dispatch', 'status', 'cancel']));
    const blocking = await narrow.dispatch({ agent: 'claude', task: shellTask('sleep 600') });
    const { dispatchId } = await narrow.dispatch({ agent: 'claude', task: shellTask('true') });
    for (const each of [dispatchId, blocking.dispatchId]) await narrow.call('DELETE', `/dispatch/${each}`);
    const { body } = await narrow.call<DispatchEventPage>('GET', `/dispatch/${dispatchId}/events`);
    expect(body.events.map(({ type }) => type)).toEqual(['dispatch.queued', 'dispatch.cancelled']);
    await narrow.ended(blocking.dispatchId);
    expect((await outpost.call('GET', `/dispatch/${dispatchId}/events`)).status).toBe(404);
  });

  it('go on after no event of another', async () => {
    const dispatch = await outpost.dispatch({ agent: 'claude', task: shellTask('true') });
    const path = `/dispatch/${dispatch.dispatchId}/events?cursor=01K4ZJ8W2T6V0Q9S3R5X7Y1B2C-1-started`;
    for (const headers of [{}, { accept: 'text/event-stream' }] as Record<string, string>[]) {
      const { status, body } = await outpost.call<ErrorBody>('GET', path, { headers });
      expect(status).toBe(400);
      expect(body.error.details).toMatchObject([{ path: 'query.cursor' }]);
    }
    await outpost.ended(dispatch.dispatchId);
  });
});
