import { Stack } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";
import * as kms from "aws-cdk-lib/aws-kms";
import * as s3 from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";

/** What an account uploads. */
export interface Upload {
  /** What keys of its files begin with. */
  readonly prefix: string;
  /** Where they may be sent from; anywhere if empty. */
  readonly networks: readonly string[];
}

export interface PartnerUploadProps {
  /** The partner's AWS account. */
  readonly account: string;
  /** Where its files go; one for each feed of a dataset that it uploads, and one for all that it sends to the intake room. */
  readonly uploads: readonly Upload[];
  readonly bucket: s3.Bucket;
  readonly bucketName: string;
  readonly key: kms.IKey;
}

/** Lets a partner hospital's account put files below its own prefixes, and refuses it everything else in the bucket. */
export class PartnerUpload extends Construct {
  constructor(scope: Construct, id: string, props: PartnerUploadProps) {
    super(scope, id);
    if (props.account === Stack.of(this).account) {
      throw new Error(`account ${props.account} is that of this environment; what it is refused as a partner, the functions would be refused too`);
    }
    const prefixes = props.uploads.map(({ prefix }) => prefix);
    const own = prefixes.map((prefix) => props.bucket.arnForObjects(`${prefix}*`));
    const partner = new iam.AccountPrincipal(props.account);
    const upload = ["s3:AbortMultipartUpload", "s3:PutObject"];
    for (const { prefix, networks } of props.uploads) {
      props.bucket.addToResourcePolicy(
        new iam.PolicyStatement({
          principals: [partner], actions: upload, resources: [props.bucket.arnForObjects(`${prefix}*`)],
          ...(networks.length === 0 ? {} : { conditions: { IpAddress: { "aws:SourceIp": [...networks] } } }),
        }),
      );
    }
    props.bucket.addToResourcePolicy(
      new iam.PolicyStatement({
        effect: iam.Effect.DENY,
        principals: [new iam.AnyPrincipal()],
        actions: upload,
        notResources: own,
        conditions: { StringEquals: { "aws:PrincipalAccount": props.account } },
      }),
    );
    // Whatever its own policies and others of this bucket allow one day: what was accepted is neither read back nor taken away.
    props.bucket.addToResourcePolicy(
      new iam.PolicyStatement({
        effect: iam.Effect.DENY,
        principals: [new iam.AnyPrincipal()],
        actions: ["s3:DeleteObject*", "s3:GetObject*", "s3:PutObjectAcl", "s3:PutObjectTagging"],
        resources: [props.bucket.arnForObjects("*")],
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
          StringLike: { "kms:EncryptionContext:aws:s3:arn": [bucket, ...prefixes.map((prefix) => `${bucket}/${prefix}*`)] },
        },
      }),
    );
  }
}
