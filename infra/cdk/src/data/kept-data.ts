import { RemovalPolicy } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { Deployment } from '../config.js';
import { LogGroups } from '../observability/log-groups.js';
import { Buckets } from '../storage/buckets.js';
import { Keys } from './keys.js';
import { Tables } from './tables.js';

/** What is kept, and with what it is encrypted. */
export class KeptData extends Construct {
  readonly removalPolicy: RemovalPolicy;
  readonly keys: Keys;
  readonly tables: Tables;
  readonly logGroups: LogGroups;
  readonly buckets: Buckets;

  constructor(scope: Construct, id: string, { deployment }: { readonly deployment: Deployment }) {
    super(scope, id);
    const { retainData, logRetentionDays: retentionDays } = deployment;
    this.removalPolicy = retainData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
    const { removalPolicy } = this;
    this.keys = new Keys(this, 'Keys', { removalPolicy });
    const ofData = { encryptionKey: this.keys.data, removalPolicy };
    this.tables = new Tables(this, 'Tables', { ...ofData, isProtected: retainData });
    this.logGroups = new LogGroups(this, 'LogGroups', { ...ofData, retentionDays });
    this.buckets = new Buckets(this, 'Buckets', { encryptionKey: this.keys.objects, removalPolicy });
  }
}
