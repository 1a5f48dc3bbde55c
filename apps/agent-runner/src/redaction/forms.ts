/** Shorter values are left alone: they would blot out ordinary words. In characters, surrounding blanks not counted. */
const MIN_SECRET_LENGTH = 6;
/** A line of a secret that has several is a secret of its own from this length on. */
const MIN_LINE_LENGTH = 16;
/** A longer value, a key file for one, is not looked for where each of its characters is escaped: six bytes for each. */
const MAX_ESCAPED_LENGTH = 1_000;
const PEM_FRAME = /^-----(BEGIN|END) [A-Z0-9 ]+-----$/;

/** The byte strings to look for. */
export interface SecretForms {
  /** To be found exactly as they are. */
  readonly exact: readonly Buffer[];
  /** Base64 and hex: tools wrap these, so that line breaks may stand anywhere inside. */
  readonly wrappable: readonly Buffer[];
}

/** Every form in which the secrets may show in output, each once. */
export function formsOf(secrets: readonly string[]): SecretForms {
  const values = new Set(secrets.flatMap(partsOf));
  const exact = new Set([...values].flatMap(exactForms));
  const wrappable = new Set([...values].flatMap((value) => wrappableForms(Buffer.from(value))));
  return { exact: toBuffers(exact), wrappable: toBuffers(wrappable) };
}

/**
 * The value, and its longer lines: a PEM key or a JSON key file is as secret line by line. The frame of a PEM block
 * is the same for everybody. `\n` in letters ends a line too: so JSON key files hold their PEM.
 */
function partsOf(secret: string): string[] {
  const value = secret.toWellFormed().trim();
  const lines = value.split(/\r?\n|\\n/).map((line) => line.trim());
  const long = lines.length === 1 ? [] : lines.filter((line) => line.length >= MIN_LINE_LENGTH);
  return [value, ...long].filter((part) => part.length >= MIN_SECRET_LENGTH && !PEM_FRAME.test(part));
}

function exactForms(value: string): string[] {
  const escaped = JSON.stringify(value).slice(1, -1);
  return [
    value,
    ...jsonForms(escaped),
    ...escapedThroughout(value),
    ...urlForms(value),
    ...base64Forms(Buffer.from(value)).map(encodeURIComponent),
  ];
}

/** As JSON writers differ: plain, ASCII only (Python), HTML-safe (Go), with `\/` (PHP); and JSON inside of JSON. */
function jsonForms(escaped: string): string[] {
  const ascii = escaped.replace(/[^\0-~]/g, unicodeEscape);
  const variants = [escaped, ascii, escaped.replace(/[<>&]/g, unicodeEscape), escaped.replaceAll('/', '\\/')];
  return variants.flatMap((variant) => [
    variant,
    upperCaseEscapes(variant, /\\u[0-9a-f]{4}/g, 2),
    JSON.stringify(variant).slice(1, -1),
  ]);
}

/** Every character as `\u0041`, every byte as `%41`: no library writes so unless it is asked to. */
function escapedThroughout(value: string): string[] {
  if (value.length > MAX_ESCAPED_LENGTH) return [];
  const unicode = value.replace(/[^]/g, unicodeEscape);
  const percent = Buffer.from(value).toString('hex').replace(/../g, '%$&');
  return [unicode, upperCaseEscapes(unicode, /\\u[0-9a-f]{4}/g, 2), percent, percent.toUpperCase()];
}

function urlForms(value: string): string[] {
  const component = encodeURIComponent(value);
  const strict = component.replace(/[!'()*]/g, (character) => `%${hex(character, 2).toUpperCase()}`);
  // Of a form, as browsers send it: a tilde is encoded there, and a blank is a plus.
  const submitted = new URLSearchParams([['', value]]).toString().slice(1);
  const forms = [component, strict, encodeURI(value), strict.replaceAll('%20', '+'), submitted];
  return forms.flatMap((form) => [form, form.replace(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase())]);
}

function wrappableForms(bytes: Buffer): string[] {
  const hexadecimal = bytes.toString('hex');
  return [...base64Forms(bytes), hexadecimal, hexadecimal.toUpperCase()];
}

/**
 * Base64 of a longer text shows the secret in one of three ways, by where it begins modulo three bytes. Characters at
 * the edges that mix in bits of the neighbours are left out; what stays is the same whatever surrounds the secret.
 */
function base64Forms(bytes: Buffer): string[] {
  return [0, 1, 2].flatMap((offset) => {
    const padded = Buffer.concat([Buffer.alloc(offset), bytes, Buffer.alloc(2)]);
    const from = Math.ceil((offset * 8) / 6);
    const to = Math.floor(((offset + bytes.length) * 8) / 6);
    return (['base64', 'base64url'] as const).map((encoding) => padded.toString(encoding).slice(from, to));
  });
}

function unicodeEscape(character: string): string {
  return `\\u${hex(character, 4)}`;
}

function upperCaseEscapes(text: string, escapes: RegExp, digitsFrom: number): string {
  return text.replace(escapes, (found) => found.slice(0, digitsFrom) + found.slice(digitsFrom).toUpperCase());
}

function hex(character: string, digits: number): string {
  return character.charCodeAt(0).toString(16).padStart(digits, '0');
}

function toBuffers(texts: ReadonlySet<string>): Buffer[] {
  return [...texts].map((text) => Buffer.from(text));
}
