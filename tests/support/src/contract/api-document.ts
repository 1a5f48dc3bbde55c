/** A JSON schema as OpenAPI 3.1 has it; only what this API's document uses. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: Schema;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly propertyNames?: Schema;
  readonly additionalProperties?: Schema | boolean;
}

export interface Parameter {
  readonly in: 'path' | 'query' | 'header';
  readonly name: string;
  readonly required?: boolean;
  readonly schema: Schema;
}

type Content = Readonly<Record<string, { readonly schema: Schema }>>;

interface DescribedOperation {
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>;
}

export interface Operation extends DescribedOperation {
  /** In capitals. */
  readonly method: string;
  /** With `{name}` parameters. */
  readonly path: string;
}

export interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, DescribedOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

export function operationsOf(document: ApiDocument): readonly Operation[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => ({
      ...described,
      path,
      method: method.toUpperCase(),
    })),
  );
}

/** What the schema says, or what it refers to says. */
export function resolve(document: ApiDocument, schema: Schema): Schema {
  const name = schema.$ref?.replace('#/components/schemas/', '');
  return name === undefined ? schema : document.components.schemas[name]!;
}

/** The operation that a request is for; undefined when the document has none. */
export function operationFor(
  operations: readonly Operation[],
  { method, path }: { readonly method: string; readonly path: string },
): Operation | undefined {
  // A server takes `/health/./ready` and `/health/%2e/ready` for what they are.
  const asked = new URL(`http://localhost${path}`).pathname.split('/');
  // HEAD is GET without the body.
  const as = method === 'HEAD' ? 'GET' : method;
  const found = operations.filter((each) => each.method === as && isLike(each.path.split('/'), asked));
  // `/health/ready` goes before what a parameter would match.
  return found.find((each) => !each.path.includes('{')) ?? found[0];
}

function isLike(template: readonly string[], asked: readonly string[]): boolean {
  if (template.length !== asked.length) return false;
  return template.every((part, index) =>
    part.startsWith('{') ? asked[index] !== '' : part === asked[index],
  );
}
