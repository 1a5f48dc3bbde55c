import { LogLineSchema, type LogLine } from '@outpost/contracts';
import { z } from 'zod';
import type { LogKey } from '../ports/index.js';
import type { LogPosition } from './log-cursor.js';

const TYPE = 'outpost.log';
/** awslogs cuts events at 256 KB; this leaves room for the frame. */
const MAX_TEXT_JSON_BYTES = 200_000;
/** A UTF-16 unit takes up to six bytes in JSON: `\u0000`. */
const PART_UNITS = Math.floor(MAX_TEXT_JSON_BYTES / 6);

const FrameSchema = z.object({
  ...LogLineSchema.shape,
  type: z.literal(TYPE),
  tenantId: z.string(),
  dispatchId: z.string(),
  end: z.int().positive(),
  part: z.int().positive().default(1),
  parts: z.int().positive().default(1),
});

/** A line, or the `part`th of its `parts`, as the worker prints it. `end`: where the line ends in the archive. */
export type LogFrame = z.infer<typeof FrameSchema>;

export interface LogEntry {
  readonly line: LogLine;
  readonly position: LogPosition;
}

/** What to print for a line: one JSON object, or several when it is long. */
export function framesOf({ key, line, end }: { key: LogKey; line: LogLine; end: number }): string[] {
  const { tenantId, dispatchId } = key;
  const frame = { type: TYPE, tenantId, dispatchId, end, at: line.at, kind: line.kind };
  const texts = partsOf(line.text);
  if (texts.length === 1) return [JSON.stringify({ ...frame, text: line.text })];
  return texts.map((text, index) => JSON.stringify({ ...frame, part: index + 1, parts: texts.length, text }));
}

/** Undefined for what is no line of this dispatch: the worker's own log is in the same stream. */
export function parseFrame(message: string, { tenantId, dispatchId }: LogKey): LogFrame | undefined {
  if (!message.startsWith(`{"type":"${TYPE}"`)) return undefined;
  const frame = FrameSchema.safeParse(parseJson(message)).data;
  return frame?.tenantId === tenantId && frame.dispatchId === dispatchId ? frame : undefined;
}

/** Makes lines of frames that come in order, of which some may come twice. */
export class FrameJoiner {
  #lastEnd: number;
  #open:
    { readonly end: number; readonly texts: Map<number, string>; readonly timestampMs: number } | undefined;

  /** Passes over lines up to `after`. */
  constructor({ after }: { readonly after: number }) {
    this.#lastEnd = after;
  }

  /** The line that this frame completes. A line of which a part never came is left out. */
  add(frame: LogFrame, timestampMs: number): LogEntry | undefined {
    const { end, at, kind, text, part, parts } = frame;
    if (end <= this.#lastEnd) return undefined;
    // The clocks of worker and CloudWatch may differ: a cursor must not stand after the next line in either.
    const earliestMs = Math.min(timestampMs, Date.parse(at));
    if (this.#open?.end !== end) this.#open = { end, texts: new Map(), timestampMs: earliestMs };
    const { texts, timestampMs: firstMs } = this.#open;
    texts.set(part, text);
    if (texts.size < parts) return undefined;
    this.#open = undefined;
    this.#lastEnd = end;
    const whole = Array.from({ length: parts }, (_, index) => texts.get(index + 1) ?? '').join('');
    return { line: { at, kind, text: whole }, position: { timestampMs: firstMs, end } };
  }
}

function partsOf(text: string): string[] {
  if (Buffer.byteLength(JSON.stringify(text)) <= MAX_TEXT_JSON_BYTES) return [text];
  const parts: string[] = [];
  for (let from = 0; from < text.length;) {
    let to = from + PART_UNITS;
    if (isInsidePair(text, to)) to -= 1;
    parts.push(text.slice(from, to));
    from = to;
  }
  return parts;
}

/** Whether a cut here would part the two halves of one character. */
function isInsidePair(text: string, at: number): boolean {
  return (text.codePointAt(at - 1) ?? 0) > 0xffff;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
