import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buildContext, type BuildContextParams } from '../build.js';
import type { ContextInjection } from '../model.js';
import { createRedactor } from '../../redaction/index.js';

export const BASE = 'f0e1d2c3b4a5968778695a4b3c2d1e0ff0e1d2c3';
const made: string[] = [];

/** A directory with these files; see `removeRepositories`. */
export function makeRepository(files: Readonly<Record<string, string | Uint8Array>>): string {
  const directory = mkdtempSync(join(tmpdir(), 'outpost-context-'));
  made.push(directory);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), content);
  }
  return directory;
}

/** For `afterAll`. */
export function removeRepositories(): void {
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true, force: true });
}

export function contextOf(
  repoDir: string,
  overrides: Partial<BuildContextParams> & { readonly secrets?: readonly string[] } = {},
): Promise<ContextInjection> {
  const { secrets = [], ...params } = overrides;
  return buildContext({
    level: 'full',
    baseCommit: BASE,
    documents: [],
    repoDir,
    recentCommits: [],
    dispatchId: '01K4ZJ8W2T6V0Q9S3R5X7Y1B2C',
    injectionId: 'injection-1',
    clock: { now: () => Date.parse('2026-11-23T12:00:00.000Z') },
    redactor: createRedactor(secrets),
    ...params,
  });
}

/** What each section was made of. */
export function sourcesOf({ document }: ContextInjection): Record<string, string> {
  return Object.fromEntries(document.sections.map(({ name, source }) => [name, source]));
}
