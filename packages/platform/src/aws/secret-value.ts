export interface SecretContent {
  /** Of the secret, for messages. */
  readonly name: string;
  /** What the secret holds: text, or a JSON object. Undefined: binary. */
  readonly content: string | undefined;
  /** The member that is meant where the object has several. */
  readonly member: string;
}

/**
 * The value in what a secret holds; undefined when it is empty. Rejects what cannot be understood with a message that
 * names the secret and never shows any of it.
 */
export function secretValue({ name, content, member }: SecretContent): string | undefined {
  if (content === undefined) throw new Error(`Secret ${name} is binary: store it as text.`);
  const value = content.trimStart().startsWith('{') ? memberOf({ name, content, member }) : content;
  return value === '' ? undefined : value;
}

function memberOf({ name, content, member }: SecretContent & { readonly content: string }): string {
  const members = parseMembers(name, content);
  const value = members.get(member) ?? (members.size === 1 ? [...members.values()][0] : undefined);
  if (typeof value === 'string') return value;
  throw new Error(`Secret ${name} must be text, or a JSON object with the text as its member ${member}.`);
}

function parseMembers(name: string, content: string): ReadonlyMap<string, unknown> {
  try {
    return new Map(Object.entries(JSON.parse(content) as object));
  } catch {
    // The parser's own message would quote the content.
    throw new Error(`Secret ${name} begins like a JSON object and is none.`);
  }
}
