/** Attributes to write, by name. A value of undefined is left out. */
export interface Change {
  readonly set?: Readonly<Record<string, unknown>>;
  /** Written where there is nothing yet. */
  readonly setOnce?: Readonly<Record<string, unknown>>;
  readonly add?: Readonly<Record<string, number>>;
  readonly remove?: readonly string[];
}

/** Builds an expression of DynamoDB by placeholders only: many of our attributes are reserved words. */
export class Expression {
  readonly #names: Record<string, string> = {};
  readonly #values: Record<string, unknown> = {};

  name(attribute: string): string {
    this.#names[`#${attribute}`] = attribute;
    return `#${attribute}`;
  }

  value(value: unknown): string {
    const placeholder = `:v${Object.keys(this.#values).length}`;
    this.#values[placeholder] = value;
    return placeholder;
  }

  compare(attribute: string, operator: '=' | '<>' | '<' | '<=' | '>' | '>=', value: unknown): string {
    return `${this.name(attribute)} ${operator} ${this.value(value)}`;
  }

  beginsWith(attribute: string, prefix: string): string {
    return `begins_with(${this.name(attribute)}, ${this.value(prefix)})`;
  }

  isAbsent(attribute: string): string {
    return `attribute_not_exists(${this.name(attribute)})`;
  }

  isPresent(attribute: string): string {
    return `attribute_exists(${this.name(attribute)})`;
  }

  isOneOf(attribute: string, values: readonly unknown[]): string {
    return `${this.name(attribute)} IN (${values.map((value) => this.value(value)).join(', ')})`;
  }

  /** Has just this value, or is absent where that is undefined. */
  isStill(attribute: string, value: unknown): string {
    return value === undefined ? this.isAbsent(attribute) : this.compare(attribute, '=', value);
  }

  update({ set = {}, setOnce = {}, add = {}, remove = [] }: Change): string {
    const sets = [
      ...written(set).map(([attribute, value]) => this.compare(attribute, '=', value)),
      ...written(setOnce).map(([attribute, value]) => {
        const name = this.name(attribute);
        return `${name} = if_not_exists(${name}, ${this.value(value)})`;
      }),
    ];
    const adds = written(add).map(([attribute, value]) => `${this.name(attribute)} ${this.value(value)}`);
    const clauses = [
      ['SET', sets],
      ['ADD', adds],
      ['REMOVE', remove.map((attribute) => this.name(attribute))],
    ] as const;
    return clauses
      .filter(([, parts]) => parts.length > 0)
      .map(([keyword, parts]) => `${keyword} ${parts.join(', ')}`)
      .join(' ');
  }

  /** Of all that was named so far. DynamoDB rejects an empty map of values. */
  attributes(): {
    ExpressionAttributeNames: Record<string, string>;
    ExpressionAttributeValues?: Record<string, unknown>;
  } {
    const hasValues = Object.keys(this.#values).length > 0;
    return {
      ExpressionAttributeNames: this.#names,
      ...(hasValues && { ExpressionAttributeValues: this.#values }),
    };
  }
}

function written<T>(values: Readonly<Record<string, T>>): [string, T][] {
  return Object.entries(values).filter(([, value]) => value !== undefined);
}
