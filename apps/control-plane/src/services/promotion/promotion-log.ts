import { OutpostError, type Promotion } from '@outpost/contracts';
import { timestamp, type Clock, type PromotionRecord, type PromotionStore } from '@outpost/platform';
import type { PromotionOrder } from '../../domain/promotable.js';

/** What becomes of one promotion, step by step durable. For whoever holds its lease. */
export class PromotionLog {
  readonly #store: PromotionStore;
  readonly #clock: Clock;
  #record: PromotionRecord;

  private constructor(store: PromotionStore, clock: Clock, record: PromotionRecord) {
    this.#store = store;
    this.#clock = clock;
    this.#record = record;
  }

  /** Begins an attempt: what an earlier one came to stays until this one knows better. */
  static async begin(
    { store, clock }: { readonly store: PromotionStore; readonly clock: Clock },
    order: PromotionOrder,
    earlier: PromotionRecord | undefined,
  ): Promise<PromotionLog> {
    const { record, branch, base, request } = order;
    const { tenantId, dispatchId, ttl } = record;
    const at = timestamp(clock);
    const { paths: _, failure: __, note: ___, ...known } = earlier?.shown ?? {};
    const log = new PromotionLog(store, clock, {
      tenantId,
      shown: {
        isAhead: false,
        createdAt: at,
        ...known,
        dispatchId,
        branch,
        base,
        status: 'RUNNING',
        updatedAt: at,
        ...(request.paths !== undefined && { paths: request.paths }),
      },
      request,
      ownCommits: earlier?.ownCommits ?? [],
      version: earlier?.version ?? 0,
      ttl,
    });
    await log.#write({});
    return log;
  }

  get shown(): Promotion {
    return this.#record.shown;
  }

  /** Commits of the branch that Outpost may push over. */
  get ownCommits(): readonly string[] {
    return this.#record.ownCommits;
  }

  async note(shown: Partial<Promotion>, ownCommits?: readonly string[]): Promise<Promotion> {
    return this.#write(shown, ownCommits);
  }

  async fail({ code, message, details }: OutpostError): Promise<void> {
    const failure = { code, message, ...(details !== undefined && { details: [...details] }) };
    // What is asked for with its dispatch is tried again when it was no fault of the change.
    const status = code === 'SERVICE_UNAVAILABLE' && this.shown.isAhead ? 'RUNNING' : 'FAILED';
    await this.#write({ status, failure });
  }

  async #write(shown: Partial<Promotion>, ownCommits = this.#record.ownCommits): Promise<Promotion> {
    const { version } = this.#record;
    const next = {
      ...this.#record,
      shown: { ...this.#record.shown, ...shown, updatedAt: timestamp(this.#clock) },
      ownCommits,
      version: version + 1,
    };
    if (!(await this.#store.put(next)))
      throw new OutpostError(
        'SERVICE_UNAVAILABLE',
        'Another call has taken this promotion over. Repeat the call.',
        {
          retryAfterSeconds: 1,
        },
      );
    this.#record = next;
    return next.shown;
  }
}
