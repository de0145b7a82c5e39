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
  /** What keys of the files begin with that publishers keep as well: of these alone a replaced version goes. */
  readonly kept: readonly string[];
}

/** Half a year: until then everything is where it was written. */
const WARM = Duration.days(183);
/** Two years: from then on it is kept where keeping costs least. */
const COLD = Duration.days(730);

/** Raw, curated, rejects and access-log buckets. What happens in the first three is told to EventBridge, where rooms listen. */
export class DataBuckets extends Construct {
  readonly input: s3.Bucket;
  readonly output: s3.Bucket;
  readonly rejects: s3.Bucket;
  readonly accessLogs: s3.Bucket;

  constructor(scope: Construct, id: string, props: DataBucketsProps) {
    super(scope, id);
    const uploads: s3.LifecycleRule = { id: "uploads", abortIncompleteMultipartUploadAfter: Duration.days(1) };
    const replaced = Duration.days(props.versionDays);
    const housekeeping: s3.LifecycleRule = { ...uploads, id: "housekeeping", noncurrentVersionExpiration: replaced };
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
    const data = (name: string, bucketName: string, lifecycleRules: s3.LifecycleRule[]): s3.Bucket => {
      const bucket = new s3.Bucket(this, name, {
        ...common,
        bucketName,
        bucketKeyEnabled: true,
        encryption: s3.BucketEncryption.KMS,
        encryptionKey: props.key,
        lifecycleRules,
        serverAccessLogsBucket: this.accessLogs,
        serverAccessLogsPrefix: `${name.toLowerCase()}/`,
      });
      // The library's switch would bring a function of its own that sets it.
      const resource = bucket.node.defaultChild as s3.CfnBucket;
      resource.notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
      return bucket;
    };
    // What a pointer serves or keeps, and what its manifest names, is read at once however old it is.
    const read: s3.LifecycleRule = { id: "tiers", transitions: tiers(s3.StorageClass.GLACIER_INSTANT_RETRIEVAL) };
    this.input = data("Input", props.inputBucket, [uploads, ...inputRules(props, replaced)]);
    this.output = data("Output", props.outputBucket, [housekeeping, read]);
    this.rejects = data("Rejects", props.rejectsBucket, [housekeeping, read]);
  }
}

function tiers(cold: s3.StorageClass): { storageClass: s3.StorageClass; transitionAfter: Duration }[] {
  return [
    { storageClass: s3.StorageClass.INFREQUENT_ACCESS, transitionAfter: WARM },
    { storageClass: cold, transitionAfter: COLD },
  ];
}

/**
 * The rules of the inputs. A rule of S3 takes a prefix in and cannot leave one out, so that there is none for the whole bucket: what
 * partners sent stays, whether it was replaced, claimed by a feed or by none.
 */
function inputRules({ sent, kept }: DataBucketsProps, replaced: Duration): s3.LifecycleRule[] {
  const covering = kept.find((prefix) => sent.startsWith(prefix) || prefix.startsWith(sent));
  if (covering !== undefined) {
    throw new Error(`a source reads what begins with \`${covering}\`, and partners' files below \`${sent}\` would go with its replaced ones`);
  }
  const raw = tiers(s3.StorageClass.GLACIER);
  return [
    { id: "sent", prefix: sent, transitions: raw, noncurrentVersionTransitions: raw },
    ...[...new Set(kept)].map((prefix) => ({ id: `replaced ${prefix}`, prefix, noncurrentVersionExpiration: replaced })),
  ];
}
