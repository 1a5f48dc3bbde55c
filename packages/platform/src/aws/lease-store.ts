import { DeleteCommand, UpdateCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Clock, LeaseStore } from '../ports/index.js';
import { isWritten } from './conditional-write.js';
import { leaseKey } from './control-keys.js';
import { Expression } from './expression.js';
import { TABLES } from './tables.js';

const TableName = TABLES.control.name;

export interface AwsLeaseStoreOptions {
  readonly dynamodb: DynamoDBDocumentClient;
  /** By which leases expire: those of all instances must agree to much less than a lease lasts. */
  readonly clock: Clock;
}

/** Each lease is a row of outpost-control that its holder writes on condition. */
export function createAwsLeaseStore({ dynamodb, clock }: AwsLeaseStoreOptions): LeaseStore {
  return {
    async acquire({ name, holder, ttlMs }) {
      const now = clock.now();
      const expression = new Expression();
      const UpdateExpression = expression.update({ set: { holder, expiresAtMs: now + ttlMs } });
      const mayTake = [
        expression.isAbsent('holder'),
        expression.compare('holder', '=', holder),
        expression.compare('expiresAtMs', '<=', now),
      ];
      const ConditionExpression = mayTake.join(' OR ');
      return isWritten(
        dynamodb.send(
          new UpdateCommand({
            TableName,
            Key: leaseKey(name),
            UpdateExpression,
            ConditionExpression,
            ...expression.attributes(),
          }),
        ),
      );
    },
    async release({ name, holder }) {
      const expression = new Expression();
      const ConditionExpression = expression.compare('holder', '=', holder);
      const Key = leaseKey(name);
      await isWritten(
        dynamodb.send(new DeleteCommand({ TableName, Key, ConditionExpression, ...expression.attributes() })),
      );
    },
  };
}
