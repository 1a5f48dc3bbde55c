import fc from 'fast-check';
import { FATES, type Fault } from './wire.js';

export const TENANTS = ['ada', 'bob', 'eve'] as const;
export type Tenant = (typeof TENANTS)[number];

/** Claude has warm workers, codex has none. */
export const AGENTS_USED = ['claude', 'codex'] as const;

export const RUN_ENDS = ['completed', 'failed', 'out of memory', 'timed out'] as const;
export type RunEnd = (typeof RUN_ENDS)[number];

/** Numbers called `which` and `instance` pick one of those that there are, counted round. */
export type Action =
  | {
      readonly type: 'create';
      readonly tenant: Tenant;
      readonly agent: (typeof AGENTS_USED)[number];
      readonly task: 'The one task.' | 'The other task.';
      readonly workspace: 'ephemeral' | 'new' | 'continued';
      readonly key: string | undefined;
      readonly instance: number;
    }
  | { readonly type: 'cancel'; readonly which: number; readonly instance: number }
  /** The process of a task that was started comes up; its clock is off by so much. */
  | { readonly type: 'begin'; readonly which: number; readonly skewMs: number }
  | { readonly type: 'finish'; readonly which: number; readonly end: RunEnd }
  | { readonly type: 'beat'; readonly which: number }
  /** It does nothing any more, and hears nothing, but lives. */
  | { readonly type: 'hang'; readonly which: number }
  | { readonly type: 'kill worker'; readonly which: number }
  | { readonly type: 'kill control plane'; readonly instance: number }
  | { readonly type: 'tick'; readonly instance: number }
  | { readonly type: 'pass'; readonly ms: number }
  /** The clock of a control plane is set to be off by so much. */
  | { readonly type: 'skew'; readonly instance: number; readonly ms: number }
  | ({ readonly type: 'fault' } & Fault)
  | { readonly type: 'deliver'; readonly which: number };

/** Those whose loss or repeat could do harm. */
const METHODS =
  'create move admit annotate launch assign retire stop publish markPublished remove acquire put'.split(' ');

const which = fc.nat({ max: 20 });
const instance = fc.nat({ max: 1 });
const skewMs = fc.oneof(
  { weight: 3, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.integer({ min: -300_000, max: 300_000 }) },
);
const of = <T extends Action['type']>(type: T): fc.Arbitrary<T> => fc.constant(type);

const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      type: of('create'),
      tenant: fc.constantFrom(...TENANTS),
      agent: fc.constantFrom('claude', ...AGENTS_USED),
      task: fc.constantFrom('The one task.', 'The other task.'),
      workspace: fc.constantFrom('ephemeral', 'ephemeral', 'new', 'continued'),
      key: fc.option(fc.constantFrom('key-1', 'key-2'), { nil: undefined }),
      instance,
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: of('cancel'), which, instance }) },
  { weight: 8, arbitrary: fc.record({ type: of('begin'), which, skewMs }) },
  {
    weight: 4,
    arbitrary: fc.record({ type: of('finish'), which, end: fc.constantFrom('out of memory', ...RUN_ENDS) }),
  },
  { weight: 1, arbitrary: fc.record({ type: of('beat'), which }) },
  { weight: 1, arbitrary: fc.record({ type: of('hang'), which }) },
  { weight: 1, arbitrary: fc.record({ type: of('kill worker'), which }) },
  { weight: 1, arbitrary: fc.record({ type: of('kill control plane'), instance }) },
  { weight: 5, arbitrary: fc.record({ type: of('tick'), instance }) },
  {
    weight: 4,
    arbitrary: fc.record({
      type: of('pass'),
      ms: fc.oneof(fc.integer({ min: 1, max: 20_000 }), fc.integer({ min: 20_000, max: 900_000 })),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: of('skew'), instance, ms: skewMs }) },
  {
    weight: 4,
    arbitrary: fc.record({
      type: of('fault'),
      fate: fc.constantFrom(...FATES),
      method: fc.oneof(
        { weight: 1, arbitrary: fc.constant(undefined) },
        { weight: 3, arbitrary: fc.constantFrom('move', 'move', ...METHODS) },
      ),
      callsBefore: fc.oneof(fc.constant(0), fc.nat({ max: 4 })),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: of('deliver'), which }) },
);

export const actions: fc.Arbitrary<readonly Action[]> = fc.array(action, {
  minLength: 1,
  maxLength: 80,
  size: 'max',
});
