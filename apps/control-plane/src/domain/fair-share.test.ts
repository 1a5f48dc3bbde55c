import { describe, expect, it } from 'vitest';
import { planStarts, type Share, type StartPlanParams, type Waiting } from './fair-share.js';

const NOW = 1_000_000;
const SHARE = { maxConcurrent: 10, weight: 1 };
const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** An id of that time, which ends in `name`. */
function idOf(createdAt: number, name: string): string {
  let time = '';
  for (let rest = createdAt; time.length < 10; rest = Math.floor(rest / 32)) time = DIGITS[rest % 32]! + time;
  return time + name.padStart(16, '0');
}

function head(tenantId: string, name: string, agent: Waiting['agent'] = 'claude', createdAt = NOW): Waiting {
  return { tenantId, dispatchId: idOf(createdAt, name), agent };
}

function names(heads: readonly Waiting[], rest: Partial<StartPlanParams<Waiting>> = {}): string[] {
  const usage = { byAgent: {}, byTenant: {}, lastStartAt: {}, ...rest.usage };
  const planned = planStarts({ perAgent: 5, shareOf: () => SHARE, now: NOW, ...rest, usage, heads });
  return planned.map(({ dispatchId }) => dispatchId.slice(10).replace(/^0+/, ''));
}

const usageOf = (usage: Partial<StartPlanParams<Waiting>['usage']>) => ({
  byAgent: {},
  byTenant: {},
  lastStartAt: {},
  ...usage,
});

describe('who starts first', () => {
  it('is the tenant with the fewest running, though its dispatch is younger', () => {
    const usage = usageOf({ byTenant: { flood: 3, quiet: 1 } });
    expect(names([head('flood', 'A', 'claude', 1), head('quiet', 'B', 'claude', 2)], { usage })).toEqual([
      'B',
      'A',
    ]);
  });

  it('is the one with the fewest running for its weight', () => {
    const usage = usageOf({ byTenant: { heavy: 3, light: 2 } });
    const shareOf = (tenantId: string): Share => ({ ...SHARE, weight: tenantId === 'heavy' ? 2 : 1 });
    expect(names([head('light', 'A'), head('heavy', 'B')], { usage, shareOf })).toEqual(['B', 'A']);
  });

  it('among equals is the one that was last given a slot the longest ago', () => {
    const lastStartAt = { a: new Date(900_000).toISOString(), b: new Date(800_000).toISOString() };
    const heads = [head('a', 'A', 'claude', 1), head('b', 'B', 'claude', 2)];
    expect(names(heads, { usage: usageOf({ lastStartAt }) })).toEqual(['B', 'A']);
  });

  it('does not count the time before a dispatch was there as waiting', () => {
    const lastStartAt = { a: new Date(1).toISOString(), b: new Date(500_000).toISOString() };
    const heads = [head('a', 'A', 'claude', 999_000), head('b', 'B', 'claude', 2)];
    expect(names(heads, { usage: usageOf({ lastStartAt }) })).toEqual(['B', 'A']);
  });

  it('is the one of greater weight when both have waited as long', () => {
    const shareOf = (tenantId: string): Share => ({ ...SHARE, weight: tenantId === 'b' ? 2 : 1 });
    const heads = [head('a', 'A', 'claude', 5_000), head('b', 'B', 'claude', 5_000)];
    expect(names(heads, { shareOf })).toEqual(['B', 'A']);
  });

  it('is the oldest when nothing else tells, and never one from the future', () => {
    expect(names([head('b', 'B'), head('a', 'C'), head('c', 'A', 'claude', NOW + 5)])).toEqual([
      'B',
      'C',
      'A',
    ]);
    expect(names([head('a', 'A'), { ...head('b', 'A') }])).toHaveLength(2);
  });
});

describe('a plan', () => {
  it('takes turns between tenants, counting what it has planned', () => {
    const flood = ['A', 'B', 'C'].map((name) => head('flood', name, 'claude', 1));
    expect(names([...flood, head('x', 'X'), head('y', 'Y')])).toEqual(['A', 'X', 'Y', 'B', 'C']);
  });

  it('counts a tenant that it has just given a slot as one that has not waited', () => {
    const own = [head('a', 'A', 'claude', 1), head('a', 'B', 'claude', 2)];
    const usage = usageOf({ byTenant: { b: 1 } });
    expect(names([...own, head('b', 'C', 'claude', 3)], { usage })).toEqual(['A', 'C', 'B']);
  });

  it('counts what a tenant is given in one line in its others', () => {
    const own = [head('a', 'A', 'claude', 1), head('a', 'G', 'grok', 2)];
    expect(names([...own, head('b', 'B', 'grok', 3)])).toEqual(['A', 'B', 'G']);
  });

  it('leaves out an agent that is full, and a tenant that is full', () => {
    const heads = [head('a', 'A'), head('a', 'B', 'grok'), head('full', 'F', 'grok')];
    expect(
      names(heads, { usage: usageOf({ byAgent: { claude: 5 }, byTenant: { a: 5, full: 10 } }) }),
    ).toEqual(['B']);
  });

  it('gives each tenant as many as it is due, and none to one that is due none', () => {
    const shareOf = (tenantId: string): Share => ({ ...SHARE, maxConcurrent: tenantId === 'a' ? 1 : 0 });
    const heads = [head('a', 'A', 'claude', 1), head('a', 'B', 'codex', 2), head('b', 'C')];
    expect(names(heads, { shareOf })).toEqual(['A']);
  });

  it('knows a tenant by its name only, though an object was born with one like it', () => {
    expect(names([head('constructor', 'A'), head('__proto__', 'B')])).toEqual(['A', 'B']);
  });
});
