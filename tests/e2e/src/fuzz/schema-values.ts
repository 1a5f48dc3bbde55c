import fc from 'fast-check';

/** As much of JSON Schema as the OpenAPI document uses. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly format?: string;
  readonly examples?: readonly unknown[];
  readonly example?: unknown;
}

export type Resolve = (ref: string) => Schema;

/** What has broken servers before. */
const HOSTILE = [
  '',
  ' ',
  '\0',
  'null',
  'undefined',
  'NaN',
  '-0',
  '1e309',
  '0x10',
  '__proto__',
  'constructor',
  'toString',
  '..',
  '../../etc/passwd',
  '%00',
  '%2e%2e%2f',
  "' OR 1=1 --",
  '<script>',
  '${7*7}',
  '{{7*7}}',
  '\r\nX: y',
  '😀',
  '\u202e',
  'é',
  '\ud800',
  'a'.repeat(300),
  '9'.repeat(400),
  '[]',
  '{}',
  '#tenant',
  'a#b',
] as const;

export const hostileText = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc.string({ maxLength: 60 }),
  fc.string({ unit: 'binary', maxLength: 60 }),
);

const anyValue: fc.Arbitrary<unknown> = fc.oneof(
  hostileText,
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.jsonValue({ maxDepth: 4 }),
);

/** Values that mostly fit the schema; some do not, in one place or in all. */
export function valuesOf(schema: Schema, resolve: Resolve, depth = 0): fc.Arbitrary<unknown> {
  if (schema.$ref !== undefined) return valuesOf(resolve(schema.$ref), resolve, depth);
  if (depth > 4) return anyValue;
  return fc.oneof(
    { weight: 12, arbitrary: fittingValues(schema, resolve, depth) },
    { weight: 1, arbitrary: anyValue },
  );
}

function fittingValues(schema: Schema, resolve: Resolve, depth: number): fc.Arbitrary<unknown> {
  const variants = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  if (variants !== undefined)
    return fc.oneof(...variants.map((variant) => valuesOf(variant, resolve, depth + 1)));
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const examples = (schema.examples ?? []).concat(schema.example ?? []);
  const typed = typedValues(schema, resolve, depth);
  return examples.length === 0 ? typed : fc.oneof(fc.constantFrom(...examples), typed);
}

function typedValues(schema: Schema, resolve: Resolve, depth: number): fc.Arbitrary<unknown> {
  const type = Array.isArray(schema.type) ? (schema.type as readonly string[])[0] : schema.type;
  switch (type) {
    case 'integer':
      return fc.integer({
        min: Math.max(schema.minimum ?? -10, Number.MIN_SAFE_INTEGER),
        max: Math.min(schema.maximum ?? 1_000_000, Number.MAX_SAFE_INTEGER),
      });
    case 'number':
      return fc.double({ min: schema.minimum ?? -10, max: schema.maximum ?? 1e6, noNaN: true });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array':
      return fc.array(valuesOf(schema.items ?? {}, resolve, depth + 1), { maxLength: 4 });
    case 'object':
      return objects(schema, resolve, depth);
    default:
      return texts(schema);
  }
}

function texts({ format, minLength = 0, maxLength = 80 }: Schema): fc.Arbitrary<unknown> {
  if (format === 'uuid') return fc.uuid();
  if (format === 'date-time') return fc.date({ noInvalidDate: true }).map((date) => date.toISOString());
  return fc.string({ minLength, maxLength: Math.min(maxLength, minLength + 60) });
}

/** Some fields missing, some that nobody knows. */
function objects(
  { properties = {}, required = [] }: Schema,
  resolve: Resolve,
  depth: number,
): fc.Arbitrary<unknown> {
  const fields = Object.entries(properties).map(([name, schema]) => {
    const value = valuesOf(schema, resolve, depth + 1);
    const absent = fc.constant(undefined);
    const isRequired = required.includes(name);
    const weights = isRequired ? [15, 1] : [1, 2];
    return [
      name,
      fc.oneof({ weight: weights[0]!, arbitrary: value }, { weight: weights[1]!, arbitrary: absent }),
    ] as const;
  });
  const known = fc.record(Object.fromEntries(fields));
  const unknown = fc.dictionary(hostileText, anyValue, { maxKeys: 2 });
  return fc.oneof(
    { weight: 8, arbitrary: known },
    { weight: 1, arbitrary: fc.tuple(known, unknown).map(([own, more]) => ({ ...own, ...more })) },
  );
}
