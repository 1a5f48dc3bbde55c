const HEADER = 'diff --git ';

/** Whether `git apply` may misread the header of this name: it looks for blanks to find where the name ends. */
export function hasAmbiguousBlank(name: string): boolean {
  return /^ | $|\/ | \//.test(name);
}

/**
 * Puts names with blanks in a patch's headers into quotes. An empty file or a change of mode has its name nowhere else,
 * and git, which writes `diff --git a/ x /y b/ x /y`, cannot read it again.
 */
export function quoteHeaders(patch: Buffer): Buffer {
  const parts: Buffer[] = [];
  let written = 0;
  for (let start = nextHeader(patch, 0); start !== -1; start = nextHeader(patch, start + 1)) {
    const names = start + HEADER.length;
    const end = patch.indexOf('\n', names);
    const quoted = quoteNames(patch.toString('latin1', names, end));
    if (quoted === undefined) continue;
    parts.push(patch.subarray(written, names), Buffer.from(quoted, 'latin1'));
    written = end;
  }
  return Buffer.concat([...parts, patch.subarray(written)]);
}

// A line of content begins with a blank, a sign or a backslash, and one of a binary patch holds no blank.
function nextHeader(patch: Buffer, from: number): number {
  if (from === 0 && patch.subarray(0, HEADER.length).equals(Buffer.from(HEADER))) return 0;
  const found = patch.indexOf(`\n${HEADER}`, Math.max(0, from - 1));
  return found === -1 ? -1 : found + 1;
}

/** Both names are the same where it matters, so each is one half. A rename says both again, and unmistakably. */
function quoteNames(names: string): string | undefined {
  const half = (names.length - 1) / 2;
  const [before, after] = [names.slice(0, half), names.slice(half + 1)];
  if (!before.startsWith('a/') || after !== `b/${before.slice(2)}` || !hasAmbiguousBlank(before.slice(2)))
    return undefined;
  return `"${before}" "${after}"`;
}
