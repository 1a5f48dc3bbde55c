import { describe, expect, it } from 'vitest';
import { startOrder, type Waiting } from './fair-share.js';

const limits = { perAgent: 5, perTenant: 10 };
const head = (tenantId: string, dispatchId: string, agent: Waiting['agent'] = 'claude'): Waiting => ({
  tenantId,
  dispatchId,
  agent,
});
const order = (waiting: Waiting[], load: Parameters<typeof startOrder>[1]): string[] =>
  startOrder(waiting, load, limits).map(({ dispatchId }) => dispatchId);

describe('fair share', () => {
  it('starts the tenant with the fewest running first, though its dispatch is younger', () => {
    expect(
      order([head('flood', '01'), head('quiet', '02')], { byAgent: {}, byTenant: { flood: 3, quiet: 1 } }),
    ).toEqual(['02', '01']);
  });

  it('starts the oldest first among equals', () => {
    expect(order([head('b', '02'), head('a', '03'), head('c', '01')], { byAgent: {}, byTenant: {} })).toEqual(
      ['01', '02', '03'],
    );
  });

  it('leaves out an agent that is full', () => {
    expect(
      order([head('a', '01'), head('a', '02', 'grok')], { byAgent: { claude: 5 }, byTenant: { a: 5 } }),
    ).toEqual(['02']);
  });

  it('leaves out a tenant that is full', () => {
    expect(order([head('a', '01'), head('b', '02')], { byAgent: {}, byTenant: { a: 10 } })).toEqual(['02']);
  });

  it('keeps two heads with the same id in a stable order', () => {
    expect(order([head('a', '01'), head('a', '01', 'grok')], { byAgent: {}, byTenant: {} })).toEqual([
      '01',
      '01',
    ]);
  });
});
