import { Automaton } from './automaton.js';
import { formsOf } from './forms.js';
import { matchesIn, RedactionStream, type SecretMatcher } from './redaction-stream.js';

/** Bytes that arrive in pieces; see {@link Redactor.stream}. */
export interface RedactingStream {
  /** How many stretches were replaced so far. */
  readonly redactions: number;
  /** What may leave after `chunk`; empty while all of it has to wait. */
  push(chunk: Buffer): Buffer;
  /** The rest, once. More than half of a secret at the very end is redacted too: the text was cut within it. */
  end(): Buffer;
}

/**
 * Takes secrets out of what leaves, by value. Every secret is found raw, JSON-escaped, URL-encoded, in base64 and
 * base64url wherever it begins, and in hex; the longer lines of a secret with several are secrets too. Values of
 * fewer than six characters are left alone. Each stretch is replaced by `[REDACTED]`; all else passes byte for byte.
 */
export interface Redactor {
  text(input: string): string;
  /** As {@link text}, with the number of stretches that were replaced. */
  scrub(input: string): { readonly text: string; readonly redactions: number };
  /** Where it would redact: offsets of the first byte and of the byte behind the last. */
  find(input: Buffer): readonly { readonly start: number; readonly end: number }[];
  /** Undefined when there is nothing to redact. */
  buffer(input: Buffer): Buffer | undefined;
  /** A new stream; one for each source, as their bytes must not mix. */
  stream(): RedactingStream;
}

export function createRedactor(secrets: readonly string[]): Redactor {
  const forms = formsOf(secrets);
  const matcher = { exact: new Automaton(forms.exact), wrappable: new Automaton(forms.wrappable) };
  const scrub = (input: string): { text: string; redactions: number } => {
    const { bytes, redactions } = redactWhole(matcher, Buffer.from(input));
    return { text: redactions === 0 ? input : bytes.toString('utf8'), redactions };
  };
  return {
    scrub,
    text: (input) => scrub(input).text,
    find: (input) => matchesIn(matcher, input),
    buffer: (input) => {
      const { bytes, redactions } = redactWhole(matcher, input);
      return redactions === 0 ? undefined : bytes;
    },
    stream: () => new RedactionStream(matcher),
  };
}

function redactWhole(matcher: SecretMatcher, input: Buffer): { bytes: Buffer; redactions: number } {
  const stream = new RedactionStream(matcher);
  const bytes = Buffer.concat([stream.push(input), stream.endWhole()]);
  return { bytes, redactions: stream.redactions };
}
