import type { DispatchRecord } from '@outpost/contracts';
import type { CreateDispatchResult, DispatchStore, MoveResult, Outbox } from '../ports/index.js';
import { CLAIMED, creation } from './fixtures.js';

export interface DispatchStoreSubject {
  /** Two instances on the same data, as two control planes have. */
  readonly stores: readonly [DispatchStore, DispatchStore];
  /** The outbox of the same data. */
  readonly outbox: Outbox;
}

/** One of the two instances, in turn. */
export function storeFor(stores: DispatchStoreSubject['stores'], index: number): DispatchStore {
  return index % 2 === 0 ? stores[0] : stores[1];
}

/** The record that a call made; fails the test when it made none. */
export async function created(creating: Promise<CreateDispatchResult>): Promise<DispatchRecord> {
  const result = await creating;
  if (result.outcome !== 'created') throw new Error(`Nothing was created: ${result.outcome}`);
  return result.record;
}

/** The record that a call wrote; fails the test when it was refused. */
export async function moved(moving: Promise<MoveResult>): Promise<DispatchRecord> {
  const result = await moving;
  if (result.outcome !== 'moved') throw new Error(`Nothing was moved: ${result.outcome}`);
  return result.record;
}

/** A new dispatch that runs. */
export async function running(
  store: DispatchStore,
  spec: Parameters<typeof creation>[0] = {},
): Promise<DispatchRecord> {
  const { tenantId, dispatchId } = await created(store.create(creation(spec)));
  return moved(store.move({ tenantId, dispatchId, move: CLAIMED }));
}

/** A new dispatch that waits, whatever room there is. */
export function queued(
  store: DispatchStore,
  spec: Parameters<typeof creation>[0] = {},
): Promise<DispatchRecord> {
  return created(store.create(creation(spec, { limits: { perAgent: 0, perTenant: 0 } })));
}
