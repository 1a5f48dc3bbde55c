import { LIMITS } from '@outpost/contracts';
import type { RemovalPolicy } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

/** Where the drivers look for the workers' lines, unless they are told another. */
export const WORKER_LOG_GROUP = '/ecs/outpost-workers';

interface LogGroupsProps {
  readonly encryptionKey: IKey;
  readonly removalPolicy: RemovalPolicy;
  readonly retentionDays: number;
}

/** Encrypted, and with an end to what they keep. */
export class LogGroups extends Construct {
  readonly workers: LogGroup;
  /** Also carries the metrics. */
  readonly controlPlane: LogGroup;
  readonly audit: LogGroup;
  /** Of connections that the network refused. */
  readonly network: LogGroup;

  constructor(scope: Construct, id: string, { encryptionKey, removalPolicy, retentionDays }: LogGroupsProps) {
    super(scope, id);
    const group = (name: string, logGroupName: string, days: number = retentionDays) =>
      new LogGroup(this, name, {
        logGroupName,
        encryptionKey,
        removalPolicy,
        retention: retentionOf(days),
      });
    this.workers = group('Workers', WORKER_LOG_GROUP);
    this.controlPlane = group('ControlPlane', '/ecs/outpost-control-plane');
    // The rule of EventBridge writes to no group of another name.
    this.audit = group('Audit', '/aws/events/outpost-audit', LIMITS.auditTtlDays);
    this.network = group('Network', '/outpost/network');
  }
}

function retentionOf(days: number): RetentionDays {
  const found = Object.values(RetentionDays)
    .filter((each) => typeof each === 'number')
    .find((each) => Number(each) === days);
  if (found === undefined) throw new Error(`CloudWatch Logs cannot keep for ${days} days.`);
  return found;
}
