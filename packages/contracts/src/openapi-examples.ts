/** The parts of a JSON schema that an example is made from. */
interface ExampleSchema {
  readonly $ref?: string;
  readonly example?: unknown;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly ExampleSchema[];
  readonly oneOf?: readonly ExampleSchema[];
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly items?: ExampleSchema;
  readonly properties?: Readonly<Record<string, ExampleSchema>>;
  readonly required?: readonly string[];
}

type ExampleSchemas = Readonly<Record<string, ExampleSchema>>;

interface MediaType {
  readonly schema?: ExampleSchema;
  example?: unknown;
}

type Content = Readonly<Record<string, MediaType>>;

interface Operation {
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>;
}

/** What is filled in: JSON bodies that have no example yet. */
export interface DocumentWithoutExamples {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: ExampleSchemas };
}

const STRINGS: Readonly<Record<string, string>> = {
  uuid: '3d2f9a0e-6f2b-4d54-9a77-0d6f6f1f8a11',
  'date-time': '2026-11-23T12:00:00.000Z',
  uri: 'https://example.com/',
};

/** Gives every JSON body of the document an example. */
export function fillInExamples({ paths, components }: DocumentWithoutExamples): void {
  for (const { requestBody, responses } of Object.values(paths).flatMap((path) => Object.values(path))) {
    for (const content of [requestBody?.content, ...Object.values(responses).map((each) => each.content)]) {
      const json = content?.['application/json'];
      if (json?.schema !== undefined) json.example ??= exampleOf(json.schema, components.schemas);
    }
  }
}

/**
 * A value that the schema allows: the example that it names or, failing that, one made of those of its parts. Fields
 * that may be left out are, unless they name an example. A pattern has to name one.
 */
function exampleOf(schema: ExampleSchema, components: ExampleSchemas): unknown {
  const resolved = resolve(schema, components);
  const given = namedExample(schema, components) ?? resolved.default ?? resolved.const ?? resolved.enum?.[0];
  if (given !== undefined) return given;
  const [variant] = resolved.anyOf ?? resolved.oneOf ?? [];
  if (variant !== undefined) return exampleOf(variant, components);
  switch ([resolved.type].flat()[0]) {
    case 'object':
      return objectExample(resolved, components);
    case 'array':
      return resolved.items === undefined ? [] : [exampleOf(resolved.items, components)];
    case 'integer':
    case 'number':
      return Math.max(0, resolved.minimum ?? 0, (resolved.exclusiveMinimum ?? -1) + 1);
    case 'boolean':
      return true;
    case undefined:
      return {};
    default:
      return STRINGS[resolved.format ?? ''] ?? '…';
  }
}

function objectExample(schema: ExampleSchema, components: ExampleSchemas): unknown {
  const shown = Object.entries(schema.properties ?? {}).filter(
    ([name, property]) =>
      schema.required?.includes(name) === true || namedExample(property, components) !== undefined,
  );
  return Object.fromEntries(shown.map(([name, property]) => [name, exampleOf(property, components)]));
}

function namedExample(schema: ExampleSchema, components: ExampleSchemas): unknown {
  return schema.example ?? resolve(schema, components).example;
}

function resolve(schema: ExampleSchema, components: ExampleSchemas): ExampleSchema {
  const name = schema.$ref?.replace('#/components/schemas/', '');
  return name === undefined ? schema : components[name]!;
}
