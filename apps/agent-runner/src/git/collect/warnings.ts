import { shown, type RawPath } from '../raw-path.js';

const NAMED = 5;

/** What is not in the change although it is in the work tree, in a few lines for a person. */
export class Warnings {
  readonly #plain = new Set<string>();
  readonly #paths = new Map<string, RawPath[]>();

  /** A sentence of its own; a repeat counts once. */
  add(text: string): void {
    this.#plain.add(text);
  }

  /** Paths that share a reason are told in one line: `left out because …: a, b`. */
  addPath(reason: string, path: RawPath): void {
    const paths = this.#paths.get(reason);
    if (paths === undefined) this.#paths.set(reason, [path]);
    else paths.push(path);
  }

  list(): string[] {
    return [...this.#plain, ...[...this.#paths].map(([reason, paths]) => `${reason}: ${someOf(paths)}`)];
  }
}

function someOf(paths: readonly RawPath[]): string {
  const names = paths.slice(0, NAMED).map(shown).join(', ');
  return paths.length > NAMED ? `${names} and ${paths.length - NAMED} more` : names;
}
