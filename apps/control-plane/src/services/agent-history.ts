import type { AgentName, DispatchRecord } from '@outpost/contracts';
import type { Clock, DispatchStore } from '@outpost/platform';
import { historyOf, tellsOfItsAgent, type History } from '../domain/history.js';

/** Runs of an agent that its history is made of. */
const SAMPLE_SIZE = 50;
/** Who waits in a queue asks again and again; what is common changes slowly. */
const REMEMBERED_MS = 10_000;

interface Line {
  readonly tenantId: string;
  readonly agent: AgentName;
}

interface Remembered {
  readonly at: number;
  readonly history: Promise<History>;
}

/** How the last runs of an agent went for a tenant. */
export class AgentHistory {
  readonly #dispatches: Pick<DispatchStore, 'list'>;
  readonly #clock: Clock;
  /** Oldest first. */
  readonly #remembered = new Map<string, Remembered>();

  constructor({ dispatches, clock }: { dispatches: Pick<DispatchStore, 'list'>; clock: Clock }) {
    this.#dispatches = dispatches;
    this.#clock = clock;
  }

  /** As it was a few seconds ago at most. */
  async of(line: Line): Promise<History> {
    this.#forgetOld();
    const key = `${line.agent} ${line.tenantId}`;
    const known = this.#remembered.get(key);
    if (known !== undefined) return known.history;
    const history = this.#read(line);
    this.#remembered.set(key, { at: this.#clock.now(), history });
    // Who asks next finds out anew.
    history.catch(() => this.#remembered.delete(key));
    return history;
  }

  async #read(line: Line): Promise<History> {
    const newest = await this.#dispatches.list({ ...line, limit: SAMPLE_SIZE });
    const isBuried = newest.nextCursor !== undefined && !newest.records.some(tellsOfItsAgent);
    return historyOf(isBuried ? await this.#readEnded(line) : newest.records);
  }

  /** Of a tenant whose newest all wait: what has ended lies behind them. */
  async #readEnded(line: Line): Promise<readonly DispatchRecord[]> {
    const pages = await Promise.all(
      (['COMPLETED', 'FAILED', 'TIMEOUT'] as const).map((status) =>
        this.#dispatches.list({ ...line, status, limit: SAMPLE_SIZE }),
      ),
    );
    return pages
      .flatMap(({ records }) => records)
      .toSorted((a, b) => (a.dispatchId < b.dispatchId ? 1 : -1))
      .slice(0, SAMPLE_SIZE);
  }

  #forgetOld(): void {
    const before = this.#clock.now() - REMEMBERED_MS;
    for (const [key, { at }] of this.#remembered) {
      if (at > before) return;
      this.#remembered.delete(key);
    }
  }
}
