import { checkedSegment } from '../files/segments.js';
import { CONTEXT_PREFIX, contextDocumentsPartition } from './control-keys.js';
import { ALL_TENANT_SECRETS, tenantSecretPrefix } from './secret-names.js';

type Condition = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

/** Whose things a policy grants. */
export interface PolicyReach {
  /** On rows of tables whose partition key is the tenant's id. */
  readonly rows: Condition;
  /** On rows of outpost-control, where the partition key begins with it. */
  readonly controlRows: Condition;
  /** On the partitions of context documents, to be read. */
  readonly contextDocuments: Condition;
  /** Pattern of keys in a bucket. */
  readonly objects: string;
  /** Pattern of names in Secrets Manager. */
  readonly secrets: string;
  /** Pattern of the encryption context. */
  readonly tenantId: string;
}

/** ForAllValues is true of nothing at all, so that there are keys is asked as well. */
const HAS_KEYS = { Null: { 'dynamodb:LeadingKeys': 'false' } } as const;

/** Rejects with VALIDATION_ERROR an id that would mean more than itself in a pattern. */
export function reachOfTenant(tenantId: string): PolicyReach {
  checkedSegment('tenantId', tenantId);
  return {
    rows: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [tenantId] }, ...HAS_KEYS },
    controlRows: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [`${tenantId}#*`] }, ...HAS_KEYS },
    contextDocuments: {
      'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [contextDocumentsPartition(tenantId)] },
      ...HAS_KEYS,
    },
    objects: `${tenantId}/*`,
    secrets: `${tenantSecretPrefix(tenantId)}*`,
    tenantId,
  };
}

/** Of every tenant; what begins with `#` in outpost-control is the fleet's. */
export const REACH_OF_ALL: PolicyReach = {
  rows: HAS_KEYS,
  controlRows: {
    'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['?*#*'] },
    'ForAllValues:StringNotLike': { 'dynamodb:LeadingKeys': ['#*'] },
    ...HAS_KEYS,
  },
  contextDocuments: {
    'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [`${CONTEXT_PREFIX}*`] },
    ...HAS_KEYS,
  },
  objects: '*',
  secrets: ALL_TENANT_SECRETS,
  tenantId: '*',
};
