import { LIMITS } from '@outpost/contracts';
import { Duration, Stack, type RemovalPolicy } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  ObjectOwnership,
  StorageClass,
  type BucketProps,
  type LifecycleRule,
} from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.js';

/** The reconciler deletes at the end of a dispatch's time; what it could not goes this much later. */
const SPARE_DAYS = 7;
const ACCESS_LOG_DAYS = 90;

interface BucketsProps {
  readonly encryptionKey: IKey;
  readonly removalPolicy: RemovalPolicy;
}

/**
 * Public to nobody, over TLS alone, and each with an end to what it keeps. Without versions: what is deleted at the end
 * of a dispatch's time is to be gone.
 */
export class Buckets extends Construct {
  readonly artifacts: Bucket;
  readonly logs: Bucket;
  readonly workspaces: Bucket;
  /** Of buckets and the load balancer. */
  readonly accessLogs: Bucket;
  readonly #props: BucketsProps;

  constructor(scope: Construct, id: string, props: BucketsProps) {
    super(scope, id);
    this.#props = props;
    this.accessLogs = this.#bucket('access-logs', {
      // The load balancer can write to no bucket with a key of ours.
      encryption: BucketEncryption.S3_MANAGED,
      lifecycleRules: [{ expiration: Duration.days(ACCESS_LOG_DAYS) }],
    });
    acknowledge(this.accessLogs, 'AwsSolutions-S1', 'It is where access logs go: its own would never end.');
    const ofDispatches = { expiration: Duration.days(LIMITS.dispatchTtlDays + SPARE_DAYS) };
    this.artifacts = this.#tenants('artifacts', ofDispatches);
    this.logs = this.#tenants('logs', ofDispatches);
    this.workspaces = this.#tenants('workspaces', {
      expiration: Duration.days(LIMITS.workspaceTtlDays + SPARE_DAYS),
    });
  }

  /** Without a bucket key: objects must keep the tenant as encryption context of their own. */
  #tenants(name: string, rule: LifecycleRule): Bucket {
    return this.#bucket(name, {
      encryption: BucketEncryption.KMS,
      encryptionKey: this.#props.encryptionKey,
      bucketKeyEnabled: false,
      serverAccessLogsBucket: this.accessLogs,
      serverAccessLogsPrefix: `s3/${name}/`,
      lifecycleRules: [
        {
          ...rule,
          abortIncompleteMultipartUploadAfter: Duration.days(1),
          transitions: [
            { storageClass: StorageClass.INTELLIGENT_TIERING, transitionAfter: Duration.days(0) },
          ],
        },
      ],
    });
  }

  #bucket(name: string, props: BucketProps): Bucket {
    const { account, region } = Stack.of(this);
    return new Bucket(this, name, {
      // Names of buckets are the whole world's.
      bucketName: `outpost-${name}-${account}-${region}`,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      removalPolicy: this.#props.removalPolicy,
      ...props,
    });
  }
}
