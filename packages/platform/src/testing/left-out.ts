import { expect, it, type TestContext } from 'vitest';

/** Why a server that stands in for a platform cannot pass a test, by the name of the test. */
export type LeftOut = Readonly<Record<string, string>>;

/** Of a conformance suite. A name of `each` is left out as it is written, for all of its cases. */
export interface SuiteIt {
  (name: string, run: () => Promise<void>): void;
  each<Case extends readonly unknown[] | readonly [unknown]>(
    cases: readonly Case[],
  ): (name: string, run: (...args: [...Case]) => Promise<void>) => void;
  each<Case>(cases: readonly Case[]): (name: string, run: (only: Case) => Promise<void>) => void;
}

/** `it` for a suite; what is left out is reported as skipped, with the reason. A name that no test has is a failure. */
export function itExcept(leftOut: LeftOut = {}): SuiteIt {
  const unknown = new Set(Object.keys(leftOut));
  if (unknown.size > 0) expectToBeEmpty(unknown);
  const runUnless = (name: string, { skip }: TestContext, run: () => Promise<void>): Promise<void> => {
    const reason = leftOut[name];
    return reason === undefined ? run() : skip(reason);
  };
  const single = (name: string, run: () => Promise<void>): void => {
    unknown.delete(name);
    // oxlint-disable-next-line vitest/valid-title, vitest/expect-expect -- name and assertions are the caller's
    it(name, (context) => runUnless(name, context, run));
  };
  const each =
    (cases: readonly unknown[]) =>
    (name: string, run: (...args: unknown[]) => Promise<void>): void => {
      unknown.delete(name);
      // oxlint-disable-next-line vitest/valid-title, vitest/expect-expect -- name and assertions are the caller's
      it.for(cases)(name, (one, context) => {
        const args = Array.isArray(one) ? (one as readonly unknown[]) : [one];
        return runUnless(name, context, () => run(...args));
      });
    };
  return Object.assign(single, { each });
}

/** All tests have been named by the time that the first one runs. */
function expectToBeEmpty(unknown: ReadonlySet<string>): void {
  it('is left out by names that tests have', () => expect([...unknown]).toEqual([]));
}
