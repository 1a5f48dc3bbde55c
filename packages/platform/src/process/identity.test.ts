import { describe, expect, it } from 'vitest';
import { identify, isAlive, startedAtByPs } from './identity.js';
import { parseStat } from './linux.js';

describe('the identity of a process', () => {
  it('stays the same for as long as it lives', () => {
    const identity = identify(process.pid);
    expect(identity).toEqual(identify(process.pid));
    expect(identity !== undefined && isAlive(identity)).toBe(true);
  });

  it('is not that of another start with the same pid', () => {
    expect(isAlive({ pid: process.pid, startedAt: 'another start' })).toBe(false);
  });

  it.each([0, -1, 1.5, Number.NaN, 2 ** 22 + 1])('does not exist for pid %s', (pid) => {
    expect(identify(pid)).toBeUndefined();
  });

  it('can be read with ps where there is no /proc', () => {
    expect(startedAtByPs(process.pid)).toMatch(/\d\d:\d\d:\d\d/);
    expect(startedAtByPs(process.pid)).toBe(startedAtByPs(process.pid));
    expect(startedAtByPs(2 ** 22 + 1)).toBeUndefined();
  });
});

describe('/proc/<pid>/stat', () => {
  const numbers = Array.from({ length: 30 }, (_, index) => index + 5).join(' ');
  it('is read from behind the name, whatever the name', () => {
    const parsed = parseStat(7, `7 (a) Z 1 (b c)) S 42 ${numbers}`);
    expect(parsed).toMatchObject({ pid: 7, parentPid: 42 });
    expect(parsed?.startedAt).toMatch(/:22$/);
  });

  it.each(['Z', 'X'])('of a dead process (%s) is nobody', (state) => {
    expect(parseStat(7, `7 (sh) ${state} 42 ${numbers}`)).toBeUndefined();
  });

  it('that is cut short is nobody', () => {
    expect(parseStat(7, '7 (sh) S 42')).toBeUndefined();
  });
});
