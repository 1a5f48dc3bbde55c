import { fakeAgentEnv, shellTask, SITES, until, type Outpost, type Site } from '@outpost/test-support';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

describe.each(SITES)('metrics on $name', ({ name, open }) => {
  let site: Site;
  let outpost: Outpost;

  beforeAll(async () => {
    site = await open();
    outpost = await site.start({
      env: await fakeAgentEnv(site.directory),
    });
  });
  afterAll(async () => {
    await outpost.stop();
    await site.close();
  });

  const metrics = async (): Promise<string> => (await outpost.call<string>('GET', '/metrics')).body;
  const seriesOf = (text: string, series: string): string | undefined =>
    text
      .split('\n')
      .find((line) => line.startsWith(`${series} `))
      ?.split(' ')[1];

  it('count what has ended, and how, soon after it has', async () => {
    const good = await outpost.dispatch({ agent: 'claude', task: shellTask('true') });
    const bad = await outpost.dispatch({ agent: 'claude', task: shellTask('exit 3') });
    expect((await outpost.ended(good.dispatchId)).status).toBe('COMPLETED');
    const { failure } = await outpost.ended(bad.dispatchId);
    const text = await until(async () => {
      const current = await metrics();
      const counted = seriesOf(current, 'outpost_agent_dispatches_ended_total{agent="claude"}');
      return counted === '2' ? current : undefined;
    });
    expect(seriesOf(text, 'outpost_dispatches_ended_total{status="COMPLETED"}')).toBe('1');
    expect(seriesOf(text, 'outpost_dispatches_ended_total{status="FAILED"}')).toBe('1');
    expect(seriesOf(text, `outpost_dispatch_failures_total{class="${failure?.class}"}`)).toBe('1');
    expect(seriesOf(text, 'outpost_dispatch_duration_seconds_count{agent="claude"}')).toBe('2');
  });

  it('tell of no tenant, and are in the text format of Prometheus', async () => {
    const { body, headers } = await outpost.call<string>('GET', '/metrics');
    expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(body).not.toContain('default');
    expect(body).toMatch(/^# TYPE outpost_dispatches_ended_total counter$/m);
  });

  it('are in the log where CloudWatch reads it, and nowhere else', async () => {
    const log = await readFile(join(outpost.dataDir, 'control-plane.out'), 'utf8');
    const embedded = log
      .split('\n')
      .filter((line) => line.includes('CloudWatchMetrics'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    if (name === 'local') expect(embedded).toEqual([]);
    else
      expect(embedded).toContainEqual(expect.objectContaining({ status: 'COMPLETED', DispatchesEnded: 1 }));
  });
});
