import { LogLineSchema, OutpostError, type LogLine } from '@outpost/contracts';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { privateDirectory } from '../files/directories.js';
import { checkedSegment } from '../files/segments.js';
import type { LogKey, LogReader, LogWriter } from '../ports/index.js';
import { appendText, syncFile } from './append-file.js';
import { withLineFile, type LineFile, type RawLine } from './line-file.js';
import { workerLogPath } from './worker-log.js';

const CURSOR = /^(?:0|[1-9]\d{0,15})$/;

interface Entry {
  readonly line: LogLine;
  readonly cursor: string;
}

/** `logs/<tenantId>/<dispatchId>.jsonl` in the data directory. A cursor is the offset of the byte after a line. */
export function createLocalLogStore({ dataDir }: { readonly dataDir: string }): LogWriter & LogReader {
  const root = join(dataDir, 'logs');
  const pathOf = ({ tenantId, dispatchId }: LogKey): string =>
    join(root, checkedSegment('tenantId', tenantId), `${checkedSegment('dispatchId', dispatchId)}.jsonl`);
  return {
    async append({ lines, ...key }) {
      if (lines.length === 0) return;
      const path = pathOf(key);
      privateDirectory(root, { tenantId: key.tenantId });
      // Synced once, when it is sealed: a line that only a power loss can take is not worth a wait for the disk.
      appendText({ path, text: lines.map((line) => `${JSON.stringify(line)}\n`).join(''), isDurable: false });
    },
    async seal(key) {
      syncFile(pathOf(key));
    },
    async read({ cursor = '0', limit, ...key }) {
      return withLineFile(pathOf(key), (file) => {
        const offset = offsetOf(cursor, file);
        // One more than asked for tells whether this is the end.
        const entries = file === undefined ? [] : take(file.forward(offset), limit + 1);
        const page = entries.slice(0, limit);
        return { entries: page, nextCursor: page.at(-1)?.cursor ?? cursor, atEnd: entries.length <= limit };
      });
    },
    async tail({ limit, ...key }) {
      const entries = withLineFile(pathOf(key), (file) =>
        file === undefined ? [] : take(file.backward(), limit),
      );
      return entries.map(({ line }) => line).toReversed();
    },
    async remove(key) {
      const path = pathOf(key);
      await rm(path, { force: true });
      await rm(workerLogPath(dataDir, key.dispatchId), { force: true });
    },
  };
}

/** Passes over what is no log line: the half of one that a crash left. */
function take(lines: Iterable<RawLine>, limit: number): readonly Entry[] {
  const entries: Entry[] = [];
  for (const { text, end } of lines) {
    if (entries.length >= limit) break;
    const line = parseLine(text);
    if (line !== undefined) entries.push({ line, cursor: String(end) });
  }
  return entries;
}

function parseLine(text: string): LogLine | undefined {
  try {
    return LogLineSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function offsetOf(cursor: string, file: LineFile | undefined): number {
  const offset = Number(cursor);
  if (CURSOR.test(cursor) && (offset === 0 || file?.isBoundary(offset) === true)) return offset;
  throw new OutpostError('VALIDATION_ERROR', 'The cursor is not one that this log answered.', {
    details: [{ path: 'query.cursor', message: 'must be the nextCursor of the page before' }],
  });
}
