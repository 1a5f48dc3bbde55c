import fc from 'fast-check';

export type Victim = 'control plane' | 'worker' | 'store';

export interface PlannedDispatch {
  /** How long its agent works. */
  readonly workMs: number;
  readonly cancel: 'never' | 'at once' | 'at work';
}

export interface Strike {
  /** How many more agents start before it. */
  readonly afterStarts: number;
  readonly victim: Victim;
  /** Which of those there are, counted round. */
  readonly which: number;
}

export interface Plan {
  readonly dispatches: readonly PlannedDispatch[];
  readonly strikes: readonly Strike[];
}

export interface PlanParams {
  readonly seed: number;
  readonly dispatches: number;
  readonly victims: readonly Victim[];
}

/** The same for the same seed. When exactly a strike falls is up to the machine. */
export function drawPlan({ seed, dispatches, victims }: PlanParams): Plan {
  const dispatch = fc.record<PlannedDispatch>({
    workMs: fc.integer({ min: 0, max: 800 }),
    cancel: fc.oneof(
      { weight: 8, arbitrary: fc.constant('never' as const) },
      { weight: 1, arbitrary: fc.constantFrom('at once' as const, 'at work' as const) },
    ),
  });
  const strike = fc.record<Strike>({
    afterStarts: fc.integer({ min: 1, max: 6 }),
    victim: fc.constantFrom(...victims),
    which: fc.nat({ max: 1_000 }),
  });
  const plan = fc.record<Plan>({
    dispatches: exactly(dispatch, dispatches),
    // More than there will be starts for.
    strikes: exactly(strike, dispatches),
  });
  const [drawn] = fc.sample(plan, { seed, numRuns: 1 });
  // However few there are, each of the victims is one of the first.
  const first = victims.map((victim, which) => ({ afterStarts: 1, victim, which }));
  return { ...drawn!, strikes: [...first, ...drawn!.strikes] };
}

function exactly<T>(arbitrary: fc.Arbitrary<T>, length: number): fc.Arbitrary<T[]> {
  return fc.array(arbitrary, { minLength: length, maxLength: length });
}
