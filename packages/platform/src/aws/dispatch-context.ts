import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Clock } from '../ports/index.js';
import type { Backoff } from './contention.js';

/** What the parts of the dispatch store share. */
export interface DispatchContext {
  readonly dynamodb: DynamoDBDocumentClient;
  readonly clock: Clock;
  readonly backoff: Backoff;
  /** At most 36 characters, never the same twice. */
  readonly newId: () => string;
}

export type Item = Readonly<Record<string, unknown>>;
