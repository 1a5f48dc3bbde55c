import { expect, it } from 'vitest';

/** Why a server that stands in for a platform cannot pass a test, by the name of the test. */
export type LeftOut = Readonly<Record<string, string>>;

/** `it` for a suite; what is left out is reported as skipped, with the reason. A name that no test has is a failure. */
export function itExcept(leftOut: LeftOut = {}): (name: string, run: () => Promise<void>) => void {
  const unknown = new Set(Object.keys(leftOut));
  if (unknown.size > 0) expectToBeEmpty(unknown);
  return (name, run) => {
    unknown.delete(name);
    // oxlint-disable-next-line vitest/valid-title, vitest/expect-expect -- name and assertions are the caller's
    it(name, ({ skip }) => {
      const reason = leftOut[name];
      return reason === undefined ? run() : skip(reason);
    });
  };
}

/** All tests have been named by the time that the first one runs. */
function expectToBeEmpty(unknown: ReadonlySet<string>): void {
  it('is left out by names that tests have', () => expect([...unknown]).toEqual([]));
}
