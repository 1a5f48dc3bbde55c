import type { AgentName, DispatchSpec } from '@outpost/contracts';
import { checkedSegment } from '../files/segments.js';
import type { DispatchKey } from '../ports/index.js';

/** Of a row in outpost-control. */
export interface ControlKey {
  readonly pk: string;
  readonly sk: string;
}

type Workspace = Pick<DispatchSpec, 'tenantId' | 'workspaceId'>;
type Line = Pick<DispatchSpec, 'tenantId' | 'agent'>;

/** Sorts after the slot of the workspace, so that one query finds who holds it and who is next. */
const WAITING_PREFIX = 'waiting#';

/** How many dispatches hold a slot of the agent: {held}. */
export function agentSlotsKey(agent: AgentName): ControlKey {
  return { pk: `#agent#${agent}`, sk: 'slots' };
}

/** How many dispatches of the tenant hold a slot, and when it was last given one: {held, lastStartAt}. */
export function tenantSlotsKey(tenantId: string): ControlKey {
  return { pk: ofTenant(tenantId, 'slots'), sk: 'slots' };
}

export function workspacePartition({ tenantId, workspaceId }: Workspace): string {
  return ofTenant(tenantId, `workspace#${workspaceId}`);
}

/**
 * Which dispatch has the workspace, how many wait for it, which of these stands in its line for all, which was accepted
 * last, what workers told of it, and since when it is deleted: {holder, waiting, first, lastDispatchId, generation,
 * volumeGeneration, usage, archive, deletedAt}.
 */
export function workspaceSlotKey(workspace: Workspace): ControlKey {
  return { pk: workspacePartition(workspace), sk: 'slot' };
}

/** One that waits for a workspace: {agent}. */
export function workspaceWaiterKey(waiter: Workspace & DispatchKey): ControlKey {
  return { pk: workspacePartition(waiter), sk: `${WAITING_PREFIX}${waiter.dispatchId}` };
}

export function waiterIdOf({ sk }: ControlKey): string | undefined {
  return sk.startsWith(WAITING_PREFIX) ? sk.slice(WAITING_PREFIX.length) : undefined;
}

/** The lines in front of an agent, one for each tenant. */
export function linesPartition(agent: AgentName): string {
  return `#queue#${agent}`;
}

/** How many dispatches stand in a line: {waiting}. */
export function lineKey({ tenantId, agent }: Line): ControlKey {
  return { pk: linesPartition(agent), sk: checkedSegment('tenantId', tenantId) };
}

/** Those who stand in a line, oldest first: of those that wait for one workspace only one. */
export function linePartition({ tenantId, agent }: Line): string {
  return ofTenant(tenantId, `queue#${agent}`);
}

/** One place in a line: {workspaceId} where it needs one that others may hold. */
export function placeKey(place: Line & DispatchKey): ControlKey {
  return { pk: linePartition(place), sk: place.dispatchId };
}

/** Those of a line who wait behind another for the same workspace, oldest first. */
export function behindPartition({ tenantId, agent }: Line): string {
  return ofTenant(tenantId, `behind#${agent}`);
}

export function behindKey(place: Line & DispatchKey): ControlKey {
  return { pk: behindPartition(place), sk: place.dispatchId };
}

/** Who does what one instance at a time should do: {holder, expiresAtMs}. */
export function leaseKey(name: string): ControlKey {
  return { pk: '#lease', sk: name };
}

/** What all instances count: {count, ttl}. */
export function counterKey(name: string): ControlKey {
  return { pk: `#count#${name}`, sk: 'count' };
}

/** All tenants. */
export const TENANTS_PARTITION = '#tenants';

/** What is set for a tenant: its record. */
export function tenantKey(tenantId: string): ControlKey {
  return { pk: TENANTS_PARTITION, sk: checkedSegment('tenantId', tenantId) };
}

/** In front of a tenant's id: not below it, where its workers may write. */
export const CONTEXT_PREFIX = '#context#';

/** What a tenant has written for the context of its agents. */
export function contextDocumentsPartition(tenantId: string): string {
  return CONTEXT_PREFIX + checkedSegment('tenantId', tenantId);
}

export function contextDocumentKey({ tenantId, name }: { tenantId: string; name: string }): ControlKey {
  return { pk: contextDocumentsPartition(tenantId), sk: name };
}

/** All promotions that the Reconciler has to see to. */
export const DUE_PROMOTIONS_PARTITION = '#due-promotions';

/** What the promotions of a dispatch begin with. Workers have no access to a partition of the fleet. */
export function promotionPrefix({ tenantId, dispatchId }: DispatchKey): ControlKey {
  return { pk: `#promotions#${checkedSegment('tenantId', tenantId)}`, sk: `${dispatchId}#` };
}

/** A promotion: {version, document, ttl}. */
export function promotionKey(key: DispatchKey & { readonly branch: string }): ControlKey {
  const { pk, sk } = promotionPrefix(key);
  return { pk, sk: `${sk}${key.branch}` };
}

/** That a promotion is due: {tenantId, dispatchId, branch, ttl}. */
export function duePromotionKey(key: DispatchKey & { readonly branch: string }): ControlKey {
  const { pk, sk } = promotionKey(key);
  return { pk: DUE_PROMOTIONS_PARTITION, sk: `${pk}#${sk}` };
}

/** All warm workers of the fleet. */
export const WORKERS_PARTITION = '#workers';

/** A warm worker: its record, and the id of its last assignment. */
export function workerKey(workerId: string): ControlKey {
  return { pk: WORKERS_PARTITION, sk: checkedSegment('workerId', workerId) };
}

/** What the key made: {dispatchId, requestHash, acceptedAs, ttl}. */
export function idempotencyKey({ tenantId, key }: { tenantId: string; key: string }): ControlKey {
  return { pk: ofTenant(tenantId, 'idempotency'), sk: key };
}

export function outboxKey({ tenantId, eventId }: { tenantId: string; eventId: string }): ControlKey {
  return { pk: ofTenant(tenantId, 'outbox'), sk: eventId };
}

/** A `#` in a tenant's id would reach into the partitions of another: such an id is rejected. */
function ofTenant(tenantId: string, kind: string): string {
  return `${checkedSegment('tenantId', tenantId)}#${kind}`;
}
