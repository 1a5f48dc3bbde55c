import type { AgentOutputParser } from './adapter.js';
import { parseJsonObject, type JsonObject } from './json.js';
import { LogBuffer } from './log-buffer.js';
import { RunRecord, type AgentExit } from './run-record.js';

/** How one CLI's JSON lines are read. */
export interface JsonReader {
  /** Takes one event: logs what is worth reading, notes what the verdict needs. Unknown events are ignored. */
  event(event: JsonObject, run: RunRecord, log: LogBuffer): void;
  /** Lines that are not JSON and say nothing, such as a notice at each start. */
  readonly noise?: RegExp;
  /** Last words on the record, once the exit is known. */
  atExit?(exit: AgentExit, run: RunRecord): void;
}

/** A notice is short; over megabytes, some expressions would take hours. */
const NOISE_LIMIT = 1_000;

/** A parser for a CLI that prints one JSON event a line on stdout. What is not JSON is logged as it is. */
export function jsonLinesParser(reader: JsonReader): AgentOutputParser {
  const run = new RunRecord();
  const log = new LogBuffer();
  const isNoise = (text: string): boolean => text.length <= NOISE_LIMIT && reader.noise?.test(text) === true;
  return {
    line: (stream, text) => {
      const event = stream === 'stdout' ? parseJsonObject(text) : undefined;
      if (event !== undefined) reader.event(event, run, log);
      else if (text.trim() !== '' && !isNoise(text)) {
        if (stream === 'stderr') run.stderr(text);
        log.add('raw', text);
      }
      return log.take();
    },
    flush: () => {
      log.endText();
      return log.take();
    },
    verdict: (exit) => {
      reader.atExit?.(exit, run);
      return run.verdict(exit);
    },
  };
}
