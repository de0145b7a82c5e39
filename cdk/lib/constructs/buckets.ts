import { Duration, RemovalPolicy } from "aws-cdk-lib";
import * as kms from "aws-cdk-lib/aws-kms";
import * as s3 from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";

export interface DataBucketsProps {
  /** Bucket of the published files as they came. */
  readonly inputBucket: string;
  /** Bucket of the curated data; the access-log bucket is named after it. */
  readonly outputBucket: string;
  /** Bucket of the rejected rows. */
  readonly rejectsBucket: string;
  /** Key of everything but the access logs. */
  readonly key: kms.IKey;
  /** Days until a replaced or deleted version is gone. */
  readonly versionDays: number;
  readonly removalPolicy: RemovalPolicy;
  /** What keys of the files begin with that partners sent and that are kept as they came. */
  readonly sent: string;
}

/** Raw, curated, rejects and access-log buckets. What happens in the first three is told to EventBridge, where rooms listen. */
export class DataBuckets extends Construct {
  readonly input: s3.Bucket;
  readonly output: s3.Bucket;
  readonly rejects: s3.Bucket;
  readonly accessLogs: s3.Bucket;

  constructor(scope: Construct, id: string, props: DataBucketsProps) {
    super(scope, id);
    const housekeeping: s3.LifecycleRule = {
      id: "housekeeping",
      abortIncompleteMultipartUploadAfter: Duration.days(1),
      noncurrentVersionExpiration: Duration.days(props.versionDays),
    };
    const common = {
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      removalPolicy: props.removalPolicy,
      versioned: true,
    };
    this.accessLogs = new s3.Bucket(this, "AccessLogs", {
      ...common,
      bucketName: `${props.outputBucket}-access-logs`,
      encryption: s3.BucketEncryption.KMS,
      encryptionKey: props.key,
      bucketKeyEnabled: true,
      lifecycleRules: [housekeeping, { id: "age", expiration: Duration.days(2192) }],
    });
    const data = (name: string, bucketName: string, tiers: s3.Transition[], prefix?: string): s3.Bucket => {
      const bucket = new s3.Bucket(this, name, {
        ...common,
        bucketName,
        bucketKeyEnabled: true,
        encryption: s3.BucketEncryption.KMS,
        encryptionKey: props.key,
        lifecycleRules: [housekeeping, ...(tiers.length > 0 ? [{ id: "tiers", transitions: tiers, ...(prefix === undefined ? {} : { prefix }) }] : [])],
        serverAccessLogsBucket: this.accessLogs,
        serverAccessLogsPrefix: `${name.toLowerCase()}/`,
      });
      // The library's switch would bring a function of its own that sets it.
      const resource = bucket.node.defaultChild as s3.CfnBucket;
      resource.notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
      return bucket;
    };
    const tiers = [
      { storageClass: s3.StorageClass.INFREQUENT_ACCESS, transitionAfter: Duration.days(183) },
      { storageClass: s3.StorageClass.GLACIER, transitionAfter: Duration.days(730) },
    ];
    this.input = data("Input", props.inputBucket, tiers, props.sent);
    this.output = data("Output", props.outputBucket, tiers);
    this.rejects = data("Rejects", props.rejectsBucket, []);
  }
}
