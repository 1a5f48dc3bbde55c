import { createRedactor, type Redactor } from '@outpost/agent-runner/redaction';
import type { AddedContent } from '@outpost/platform';
import { lintSource } from '@secretlint/core';
import { creator } from '@secretlint/secretlint-rule-preset-recommend';
import { extname } from 'node:path';

/** One place of a change that holds a secret, or looks like it. Never what it is. */
export interface Finding {
  readonly path: string;
  /** From 1, in the file as it would be; undefined in a binary file. */
  readonly line: number | undefined;
  /** Of the pattern; `value`: it is a secret that Outpost knows. */
  readonly rule: string;
}

const KNOWN_VALUE = 'value';
const RULES = [{ id: '@secretlint/secretlint-rule-preset-recommend', rule: creator }];

/** Looks through what a change adds: for the values themselves in every form the redactor knows, and for patterns. */
export class PatchScan {
  readonly #redactor: Redactor;

  /** `secrets`: every value that must not leave. */
  constructor(secrets: readonly string[]) {
    this.#redactor = createRedactor(secrets);
  }

  /** Takes the secrets out of a text that is not part of the change. */
  scrub(text: string): string {
    return this.#redactor.text(text);
  }

  async findings(added: AsyncIterable<AddedContent>): Promise<readonly Finding[]> {
    const found: Finding[] = [];
    for await (const content of added) found.push(...(await this.#findingsIn(content)));
    return found;
  }

  async #findingsIn(content: AddedContent): Promise<readonly Finding[]> {
    // A name leaves as well.
    const named = this.#redactor.find(Buffer.from(content.path)).length > 0;
    const path = named ? this.#redactor.text(content.path) : content.path;
    const inName = named ? [{ path, line: undefined, rule: KNOWN_VALUE }] : [];
    if (content.kind === 'binary') {
      const isFound = this.#redactor.find(content.bytes).length > 0;
      return isFound ? [...inName, { path, line: undefined, rule: KNOWN_VALUE }] : inName;
    }
    const text = content.lines.map((line) => line.text).join('\n');
    const places = [...this.#knownIn(text), ...(await patternsIn(content.path, text))];
    const findings = places.map(({ index, rule }) => ({ path, line: content.lines[index]?.number, rule }));
    const unique = new Map(findings.map((finding) => [`${finding.line} ${finding.rule}`, finding]));
    return [...inName, ...unique.values()];
  }

  #knownIn(text: string): readonly { readonly index: number; readonly rule: string }[] {
    const bytes = Buffer.from(text);
    return this.#redactor
      .find(bytes)
      .map(({ start }) => ({ index: linesBefore(bytes, start), rule: KNOWN_VALUE }));
  }
}

/** Whether Outpost knows it as a secret, and it does not only look like one. */
export function isKnownSecret({ rule }: Finding): boolean {
  return rule === KNOWN_VALUE;
}

async function patternsIn(path: string, content: string) {
  const { messages } = await lintSource({
    source: { filePath: path, content, contentType: 'text', ext: extname(path) },
    options: { config: { rules: RULES }, locale: 'en', maskSecrets: true },
  });
  return messages.map(({ loc, ruleId, messageId }) => ({
    index: loc.start.line - 1,
    // Its message would show part of what was found.
    rule: `${ruleId.replace('@secretlint/secretlint-rule-', '')} ${messageId}`,
  }));
}

function linesBefore(bytes: Buffer, offset: number): number {
  let count = 0;
  for (let at = bytes.indexOf(0x0a); at >= 0 && at < offset; at = bytes.indexOf(0x0a, at + 1)) count += 1;
  return count;
}
