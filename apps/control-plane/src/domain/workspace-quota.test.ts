import { describe, expect, it } from 'vitest';
import { refuseOver } from './workspace-quota.js';

const MB = 1024 ** 2;
const limits = { megabytes: 100, files: 10 };
const refusal = (usage: { sizeBytes: number; files: number } | undefined) => () =>
  refuseOver({
    workspaceId: 'w',
    limits,
    usage: usage && { ...usage, measuredAt: '2026-11-23T12:00:00.000Z' },
  });

describe('the quota of a workspace', () => {
  it.each([[undefined], [{ sizeBytes: 0, files: 0 }], [{ sizeBytes: 100 * MB, files: 10 }]])(
    'lets a dispatch go on in one that holds %j',
    (usage) => {
      expect(refusal(usage)).not.toThrow();
    },
  );

  it('refuses one that holds too much, and says how much', () => {
    expect(refusal({ sizeBytes: 100 * MB + 1, files: 1 })).toThrow('it holds 101 MB, and may hold 100 MB');
    expect(refusal({ sizeBytes: 1, files: 11 })).toThrow('it holds 11 files, and may hold 10');
    expect(refusal({ sizeBytes: 1, files: 11 })).toThrow(expect.objectContaining({ code: 'CONFLICT' }));
  });
});
