import { auditEntryOf, type AuditEntry, type AuditEvent, type AuditPage } from '@outpost/contracts';
import type { AuditStore, Clock, ListAuditParams } from '@outpost/platform';
import type { Logger } from 'pino';
import { monotonicFactory } from 'ulid';

// Entries of one millisecond still sort in the order in which they were recorded.
const newAuditId = monotonicFactory();

/** Entries that wait for a store that does not answer; beyond it they are in the log alone. */
const UNSTORED_MAX = 10_000;

/** Records who did what, without a part in whether it is done. */
export class AuditLogger {
  readonly #store: AuditStore;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #underWay = new Set<Promise<void>>();
  #unstored: AuditEntry[] = [];

  constructor(ports: { store: AuditStore; clock: Clock; logger: Logger }) {
    this.#store = ports.store;
    this.#clock = ports.clock;
    this.#logger = ports.logger;
  }

  /** Never throws, and waits for nothing. When it returns the entry is in the log; in the store a moment later. */
  record(event: AuditEvent): void {
    const epochMs = this.#clock.now();
    const entry = auditEntryOf({ auditId: newAuditId(epochMs), epochMs, event });
    // What is not stored yet when the process is killed is found here.
    this.#logger.info({ entry }, 'audit');
    this.#start(entry);
  }

  /** Writes what could not be stored before. Resolves when all of it has been tried. */
  async storeLeft(): Promise<void> {
    const left = this.#unstored;
    this.#unstored = [];
    for (const entry of left) this.#start(entry);
    await this.settled();
  }

  async list(params: ListAuditParams): Promise<AuditPage> {
    const { entries, nextCursor } = await this.#store.list(params);
    return { entries: [...entries], ...(nextCursor !== undefined && { nextCursor }) };
  }

  /** Resolves when no entry is being written. */
  async settled(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  #start(entry: AuditEntry): void {
    const write = this.#write(entry).finally(() => this.#underWay.delete(write));
    this.#underWay.add(write);
  }

  async #write(entry: AuditEntry): Promise<void> {
    try {
      await this.#store.append(entry);
    } catch (error) {
      const isKept = this.#unstored.length < UNSTORED_MAX;
      if (isKept) this.#unstored.push(entry);
      const fate = isKept ? 'the next round tries again' : 'it is in this log alone';
      this.#logger.error({ err: error, entry }, `audit entry not stored; ${fate}`);
    }
  }
}
