/**
 * The types of the contracts without their schemas, for who has no Zod: each exported `XSchema` as type `X`, and what
 * `X` takes before defaults are filled in as `XInput`.
 */
import * as contracts from '@outpost/contracts';
import { compile, type JSONSchema } from 'json-schema-to-typescript';
import { z } from 'zod';

type Definitions = Record<string, JSONSchema>;

const SCHEMAS = Object.entries(contracts).flatMap(([name, value]) =>
  value instanceof z.ZodType && name.endsWith('Schema')
    ? [[name.slice(0, -'Schema'.length), value] as const]
    : [],
);

/** TypeScript declarations of all of them. */
export async function contractTypes(): Promise<string> {
  const $defs = { ...definitionsOf('output', ''), ...definitionsOf('input', 'Input') };
  const declarations = await compile({ $defs }, 'Contracts', {
    bannerComment: '',
    additionalProperties: false,
    format: false,
    ignoreMinAndMaxItems: true,
    unreachableDefinitions: true,
  });
  return (
    declarations
      .replaceAll(/ \*\s*\n \* This interface was referenced by .*\n \* via the `definition` .*\n/g, '')
      .replaceAll(
        /\/\*\*\n \* This interface was referenced by .*\n \* via the `definition` .*\n \*\/\n/g,
        '',
      )
      // As Zod has it: an absent field may also be given as undefined.
      .replaceAll(/^(\w+\?): /gm, '$1: undefined | ')
  );
}

function definitionsOf(io: 'input' | 'output', suffix: string): Definitions {
  const registry = z.registry<{ id: string }>();
  for (const [name, schema] of SCHEMAS) registry.add(schema, { ...schema.meta(), id: `${name}${suffix}` });
  const { schemas } = z.toJSONSchema(registry, {
    io,
    unrepresentable: 'any',
    uri: (id) => `#/$defs/${id}`,
  });
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [name, plain(schema) as JSONSchema]),
  );
}

const NAMES_OF_SCHEMAS = new Set(['$id', '$schema', 'id']);

/** What the generator of types does not know, in words that it knows. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const { propertyNames, ...schema } = value as Record<string, unknown>;
  const made = Object.fromEntries(
    Object.entries(schema)
      // A field may have such a name too: then it is a schema.
      .filter(([name, each]) => !(NAMES_OF_SCHEMAS.has(name) && typeof each === 'string'))
      .map(([name, each]) => [name, plain(each)]),
  );
  const names = (propertyNames as { enum?: readonly string[] } | undefined)?.enum;
  return names === undefined ? made : { ...made, tsType: partialRecord(names, made['additionalProperties']) };
}

/** Of the types of values that there are today. */
function partialRecord(names: readonly string[], values: unknown): string {
  const type = (values as { type?: string }).type ?? '';
  if (type !== 'number' && type !== 'string')
    throw new Error(
      `A record of ${names.join(', ')} has values of a type that build/contract-types.ts does not know.`,
    );
  return `Partial<Record<${names.map((name) => `'${name}'`).join(' | ')}, ${type}>>`;
}
