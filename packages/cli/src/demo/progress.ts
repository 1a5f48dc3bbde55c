import type { AgentName, DispatchStatus, Stage } from '@outpost/contracts';
import { isTerminal } from '@outpost/contracts';
import { styleText } from 'node:util';
import { plain } from '../terminal/plain.js';
import type { RunObserver } from './run.js';

const REDRAW_MS = 100;

/** Where progress is drawn: stdout, or stderr beside a JSON document. */
export type ProgressStream = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };

export interface Progress extends RunObserver {
  /** Draws the last state and leaves the cursor below it. A repeat does nothing. */
  stop(): void;
}

export interface ProgressRow {
  readonly agent: AgentName;
  readonly status: DispatchStatus | 'REFUSED' | '';
  readonly stage: Stage | undefined;
  readonly elapsedMs: number;
  /** The last line of the log. */
  readonly line: string;
}

/** Shows the runs live: redrawn in place on a terminal, else a line for each change. */
export function startProgress(stream: ProgressStream, agents: readonly AgentName[]): Progress {
  const board = new Board(agents);
  return stream.isTTY === true ? drawInPlace(stream, board) : printChanges(stream, board);
}

/** What is known of each run. */
class Board {
  readonly #rows: Map<AgentName, Omit<ProgressRow, 'elapsedMs'> & { endedAt: number | undefined }>;
  readonly #startedAt = performance.now();

  constructor(agents: readonly AgentName[]) {
    const empty = { status: '', stage: undefined, line: '', endedAt: undefined } as const;
    this.#rows = new Map(agents.map((agent) => [agent, { agent, ...empty }]));
  }

  update(agent: AgentName, changes: Partial<Pick<ProgressRow, 'status' | 'stage' | 'line'>>): void {
    const row = this.#rows.get(agent);
    if (row === undefined) return;
    const { status } = { ...row, ...changes };
    const isOver = status === 'REFUSED' || (status !== '' && isTerminal(status));
    const endedAt = row.endedAt ?? (isOver ? performance.now() : undefined);
    this.#rows.set(agent, { ...row, ...changes, endedAt });
  }

  rows(): readonly ProgressRow[] {
    const now = performance.now();
    return [...this.#rows.values()].map(({ endedAt, ...row }) => ({
      ...row,
      elapsedMs: (endedAt ?? now) - this.#startedAt,
    }));
  }
}

function drawInPlace(stream: ProgressStream, board: Board): Progress {
  let drawn = 0;
  let isStopped = false;
  const draw = (): void => {
    const lines = board.rows().map((row) => colour(renderRow(row, stream.columns ?? 80), row.status));
    const up = drawn === 0 ? '' : `\u001B[${drawn}A`;
    stream.write(`${up}${lines.map((line) => `\u001B[2K${line}\n`).join('')}`);
    drawn = lines.length;
  };
  const timer = setInterval(draw, REDRAW_MS);
  draw();
  return {
    state: (agent, { status, stage }) => board.update(agent, { status, stage }),
    line: (agent, text) => board.update(agent, { line: text }),
    stop: () => {
      if (isStopped) return;
      isStopped = true;
      clearInterval(timer);
      draw();
    },
  };
}

function printChanges(stream: ProgressStream, board: Board): Progress {
  const rowOf = (agent: AgentName) => board.rows().find((row) => row.agent === agent);
  return {
    state: (agent, { status, stage }) => {
      const before = rowOf(agent);
      board.update(agent, { status, stage });
      const row = rowOf(agent);
      if (row === undefined || (row.status === before?.status && row.stage === before.stage)) return;
      stream.write(`${renderRow({ ...row, line: '' }, 80)}\n`);
    },
    line: () => undefined,
    stop: () => undefined,
  };
}

/** One run in one line of at most `width` characters. */
export function renderRow(row: ProgressRow, width: number): string {
  const elapsed = `${(row.elapsedMs / 1000).toFixed(1)} s`.padStart(8);
  const line = plain(row.line);
  const text =
    `${row.agent.padEnd(7)} ${row.status.padEnd(10)}${(row.stage ?? '').padEnd(10)}${elapsed}  ${line}`.trimEnd();
  return text.length > width ? `${text.slice(0, width - 1)}…` : text;
}

function colour(text: string, status: ProgressRow['status']): string {
  if (status === 'COMPLETED') return styleText('green', text);
  return status === 'FAILED' || status === 'TIMEOUT' || status === 'REFUSED' ? styleText('red', text) : text;
}
