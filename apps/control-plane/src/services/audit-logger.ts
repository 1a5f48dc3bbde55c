import { auditEntryOf, type AuditEntry, type AuditEvent, type AuditPage } from '@outpost/contracts';
import type { AuditStore, Clock, ListAuditParams } from '@outpost/platform';
import type { Logger } from 'pino';
import { monotonicFactory } from 'ulid';

// Entries of one millisecond still sort in the order in which they were recorded.
const newAuditId = monotonicFactory();

/** Records who did what to which secret, without a part in whether it is done. */
export class AuditLogger {
  readonly #store: AuditStore;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #underWay = new Set<Promise<void>>();

  constructor(ports: { store: AuditStore; clock: Clock; logger: Logger }) {
    this.#store = ports.store;
    this.#clock = ports.clock;
    this.#logger = ports.logger;
  }

  /** Never throws, and waits for nothing. An entry that cannot be stored is at least in the log. */
  record(event: AuditEvent): void {
    const epochMs = this.#clock.now();
    const entry = auditEntryOf({ auditId: newAuditId(epochMs), epochMs, event });
    const write = this.#write(entry).finally(() => this.#underWay.delete(write));
    this.#underWay.add(write);
  }

  async list(params: ListAuditParams): Promise<AuditPage> {
    const { entries, nextCursor } = await this.#store.list(params);
    return { entries: [...entries], ...(nextCursor !== undefined && { nextCursor }) };
  }

  /** Resolves when no entry is being written. */
  async settled(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  async #write(entry: AuditEntry): Promise<void> {
    try {
      await this.#store.append(entry);
    } catch (error) {
      this.#logger.error({ err: error, entry }, 'audit entry not stored');
    }
  }
}
