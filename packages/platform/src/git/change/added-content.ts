import type { AddedContent } from '../../ports/remote-changes.js';
import type { ScratchGit } from './scratch-repository.js';

const DIFF = ['diff-tree', '-r', '-M', '--no-ext-diff', '--no-textconv', '--no-color', '--full-index'];

/** What a commit adds to another: of text the added lines, of all else that is new the whole. A moved file adds nothing. */
export async function* addedContent(
  git: ScratchGit,
  base: string,
  commit: string,
): AsyncGenerator<AddedContent> {
  const patch = await git([...DIFF, '-p', '-U0', '--src-prefix=a/', '--dst-prefix=b/', base, commit]);
  yield* addedLines(patch);
  const binary = binaryPaths(await git([...DIFF, '--numstat', '-z', '--no-renames', base, commit]));
  if (binary.size === 0) return;
  for (const [path, oid] of newBlobs(await git([...DIFF, '-z', '--no-renames', '--raw', base, commit]))) {
    if (!binary.has(path)) continue;
    yield { kind: 'binary', path: textOf(path), bytes: await git(['cat-file', 'blob', oid]) };
  }
}

/** By the counts of each hunk: a line of a file may look like any line of a patch. */
function* addedLines(patch: Buffer): Generator<AddedContent> {
  let path = '';
  let lines: { number: number; text: string }[] = [];
  const reader = new LineReader(patch);
  for (let line = reader.next(); line !== undefined; line = reader.next()) {
    const text = line.toString('latin1');
    if (text.startsWith('diff --git ')) {
      if (lines.length > 0) yield { kind: 'text', path, lines };
      lines = [];
    } else if (text.startsWith('+++ ')) {
      path = textOf(pathIn(text.slice('+++ '.length)));
    } else {
      const [, removed, first, count] = /^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(text) ?? [];
      if (first === undefined) continue;
      reader.skip(Number(removed ?? 1), '-');
      for (let index = 0; index < Number(count ?? 1); index += 1) {
        const added = reader.next()?.subarray(1).toString('utf8') ?? '';
        lines.push({ number: Number(first) + index, text: added });
        reader.skipMark();
      }
    }
  }
  if (lines.length > 0) yield { kind: 'text', path, lines };
}

class LineReader {
  readonly #bytes: Buffer;
  #position = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  next(): Buffer | undefined {
    if (this.#position >= this.#bytes.length) return undefined;
    const found = this.#bytes.indexOf(0x0a, this.#position);
    const end = found < 0 ? this.#bytes.length : found;
    const line = this.#bytes.subarray(this.#position, end);
    this.#position = end + 1;
    return line;
  }

  skip(count: number, mark: string): void {
    for (let index = 0; index < count && this.#starts(mark); index += 1) {
      this.next();
      this.skipMark();
    }
  }

  /** `\ No newline at end of file` belongs to the line before it. */
  skipMark(): void {
    if (this.#starts('\\')) this.next();
  }

  #starts(mark: string): boolean {
    return this.#bytes[this.#position] === mark.charCodeAt(0);
  }
}

/** Of `b/src/a.ts`; names with odd bytes are quoted, and a tab stands behind those with blanks. */
function pathIn(header: string): string {
  const quoted = /^"(.*)"\t?$/.exec(header)?.[1];
  const path = quoted === undefined ? header.replace(/\t$/, '') : unquote(quoted);
  return path.replace(/^b\//, '');
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  t: '\t',
  n: '\n',
  v: '\v',
  f: '\f',
  r: '\r',
};

function unquote(text: string): string {
  return text.replaceAll(/\\([0-7]{3}|.)/g, (_, escaped: string) =>
    escaped.length === 3 ? String.fromCharCode(Number.parseInt(escaped, 8)) : (ESCAPES[escaped] ?? escaped),
  );
}

function binaryPaths(numstat: Buffer): ReadonlySet<string> {
  const records = numstat.toString('latin1').split('\0');
  return new Set(records.filter((record) => record.startsWith('-\t-\t')).map((record) => record.slice(4)));
}

/** Paths, and the objects that they have now; without submodules. */
function newBlobs(raw: Buffer): readonly (readonly [path: string, oid: string])[] {
  const fields = raw.toString('latin1').split('\0');
  return fields.flatMap((field, index) => {
    const [, oid] = /^:\d+ 1[02]\d+ [0-9a-f]+ ([0-9a-f]+) [AMT]/.exec(field) ?? [];
    return oid === undefined ? [] : [[fields[index + 1] ?? '', oid] as const];
  });
}

function textOf(path: string): string {
  return Buffer.from(path, 'latin1').toString('utf8');
}
