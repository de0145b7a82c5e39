import { Stack } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";
import * as kms from "aws-cdk-lib/aws-kms";
import * as s3 from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";

export interface PartnerUploadProps {
  /** The partner's AWS account. */
  readonly account: string;
  /** Where its files go; one for each feed that it uploads. */
  readonly prefixes: readonly string[];
  readonly bucket: s3.Bucket;
  readonly bucketName: string;
  readonly key: kms.IKey;
}

/** Lets a partner hospital's account put files below its own prefixes, and refuses it everything else in the bucket. */
export class PartnerUpload extends Construct {
  constructor(scope: Construct, id: string, props: PartnerUploadProps) {
    super(scope, id);
    const own = props.prefixes.map((prefix) => props.bucket.arnForObjects(`${prefix}*`));
    const partner = new iam.AccountPrincipal(props.account);
    const upload = ["s3:AbortMultipartUpload", "s3:PutObject"];
    props.bucket.addToResourcePolicy(
      new iam.PolicyStatement({ principals: [partner], actions: upload, resources: own }),
    );
    props.bucket.addToResourcePolicy(
      new iam.PolicyStatement({
        effect: iam.Effect.DENY,
        principals: [new iam.AnyPrincipal()],
        actions: [...upload, "s3:DeleteObject", "s3:GetObject"],
        notResources: own,
        conditions: { StringEquals: { "aws:PrincipalAccount": props.account } },
      }),
    );
    const { partition, region, urlSuffix } = Stack.of(this);
    // By name: the bucket needs the key, so that the key cannot wait for the bucket.
    const bucket = `arn:${partition}:s3:::${props.bucketName}`;
    props.key.addToResourcePolicy(
      new iam.PolicyStatement({
        principals: [partner],
        // Parts of a multipart upload are decrypted when they are put together.
        actions: ["kms:Decrypt", "kms:GenerateDataKey"],
        resources: ["*"],
        conditions: {
          StringEquals: { "kms:ViaService": `s3.${region}.${urlSuffix}` },
          StringLike: { "kms:EncryptionContext:aws:s3:arn": [bucket, ...props.prefixes.map((prefix) => `${bucket}/${prefix}*`)] },
        },
      }),
    );
  }
}
