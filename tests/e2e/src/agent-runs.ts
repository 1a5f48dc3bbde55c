import { shellTask } from '@outpost/test-support';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface AgentRun {
  readonly dispatchId: string;
  /** Epoch nanoseconds, by the agent's own clock; undefined while it runs. */
  readonly startedAt: bigint;
  readonly endedAt: bigint | undefined;
}

/** What agents themselves leave behind: each its start, and its end once it is let go. */
export class AgentRuns {
  readonly #directory: string;
  readonly #file: string;

  constructor(directory: string) {
    this.#directory = directory;
    this.#file = join(directory, 'agent-runs');
  }

  /** The same for every dispatch: an agent knows whose it is. It works until it is released. */
  get task(): string {
    return this.#telling(`until test -e ${this.#gateOf('$OUTPOST_AGENT_RUN')}; do sleep 0.05; done`);
  }

  /** The same for one that works as long as it is told. */
  taskOf(workMs: number): string {
    return this.#telling(`sleep ${workMs / 1_000}`);
  }

  /** Lets the agent of a dispatch end. */
  async release({ dispatchId }: Pick<AgentRun, 'dispatchId'>): Promise<void> {
    await writeFile(this.#gateOf(dispatchId), '');
  }

  /** One for each line that tells of a start: two, if a dispatch was started twice. */
  async read(): Promise<readonly AgentRun[]> {
    const lines = (await readFile(this.#file, { encoding: 'utf8', flag: 'a+' })).split('\n').filter(Boolean);
    const said = lines.map((line) => line.split(' ') as [string, string, string]);
    const ends = new Map(said.filter(([what]) => what === 'end').map(([, id, at]) => [id, BigInt(at)]));
    return said
      .filter(([what]) => what === 'start')
      .map(([, id, at]) => ({ dispatchId: id, startedAt: BigInt(at), endedAt: ends.get(id) }));
  }

  #telling(work: string): string {
    const tell = (what: string): string => `echo "${what} $OUTPOST_AGENT_RUN $(date +%s%N)" >> ${this.#file}`;
    return shellTask(`${tell('start')}; ${work}; ${tell('end')}`);
  }

  #gateOf(dispatchId: string): string {
    return join(this.#directory, `gate-${dispatchId}`);
  }
}

/** How many ran at once when the most did. */
export function mostAtOnce(runs: readonly AgentRun[]): number {
  // There were never more than at the start of one of them.
  const atStart = runs.map(
    ({ startedAt: at }) =>
      runs.filter(({ startedAt, endedAt }) => startedAt <= at && (endedAt === undefined || endedAt > at))
        .length,
  );
  return Math.max(0, ...atStart);
}
