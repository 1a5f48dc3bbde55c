import fc from 'fast-check';
import { resolve, type ApiDocument, type Schema } from '@outpost/test-support';

/** Values that a schema cannot know, by the name of their property or parameter: ids that are there, and the like. */
export type KnownValues = Readonly<Record<string, readonly unknown[]>>;

/** How often a value that is there is taken instead of one that only looks like it. */
const KNOWN_WEIGHT = 4;

/** With all of them at once, hardly an object would make sense. */
const OPTIONAL_FIELDS = 3;

/** Makes values that a document's schemas allow; most of them also make sense. */
export class SchemaValues {
  readonly #document: ApiDocument;
  readonly #known: KnownValues;

  constructor(document: ApiDocument, known: KnownValues) {
    this.#document = document;
    this.#known = known;
  }

  of(schema: Schema, name?: string): fc.Arbitrary<unknown> {
    const described = this.#described(resolve(this.#document, schema));
    const known = name === undefined ? undefined : this.#known[name];
    if (known === undefined || known.length === 0) return described;
    return fc.oneof(
      { weight: KNOWN_WEIGHT, arbitrary: fc.constantFrom(...known) },
      { weight: 1, arbitrary: described },
    );
  }

  #described(schema: Schema): fc.Arbitrary<unknown> {
    if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
    if (schema.const !== undefined) return fc.constant(schema.const);
    if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map((each) => this.of(each)));
    switch (schema.type) {
      case 'string':
        return text(schema);
      case 'integer':
        return fc.integer({ min: schema.minimum ?? 0, max: schema.maximum ?? 1_000 });
      case 'number':
        return fc.double({ min: schema.minimum ?? 1, max: schema.maximum ?? 1_000, noNaN: true });
      case 'boolean':
        return fc.boolean();
      case 'null':
        return fc.constant(null);
      case 'array':
        return fc.array(this.of(schema.items!), { maxLength: Math.min(3, schema.maxItems ?? 3) });
      case 'object':
        return this.#object(schema);
      default:
        throw new Error(`no values for a schema of ${JSON.stringify(schema)}`);
    }
  }

  #object(schema: Schema): fc.Arbitrary<unknown> {
    if (schema.properties === undefined) {
      const values = this.of(schema.additionalProperties as Schema);
      return fc.dictionary(this.of(schema.propertyNames!) as fc.Arbitrary<string>, values, { maxKeys: 3 });
    }
    const fields = Object.entries(schema.properties).map(([name, each]) => [name, this.of(each, name)]);
    const required = schema.required ?? [];
    const optional = Object.keys(schema.properties).filter((name) => !required.includes(name));
    const whole = fc.record(Object.fromEntries(fields) as Record<string, fc.Arbitrary<unknown>>);
    return fc
      .tuple(whole, fc.subarray(optional, { maxLength: Math.min(OPTIONAL_FIELDS, optional.length) }))
      .map(([value, chosen]) =>
        Object.fromEntries([...required, ...chosen].map((name) => [name, value[name]])),
      );
  }
}

function text({ pattern, minLength = 0, maxLength = 200 }: Schema): fc.Arbitrary<string> {
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern));
  return fc.string({ minLength, maxLength: Math.min(200, maxLength), unit: 'binary' });
}
