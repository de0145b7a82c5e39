import { RemovalPolicy, Stack } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";
import * as kms from "aws-cdk-lib/aws-kms";
import { Construct } from "constructs";

export interface DataKeyProps {
  /** `alias/…`. */
  readonly alias: string;
  readonly description: string;
  readonly removalPolicy: RemovalPolicy;
}

/** The one key of an environment, for data, ledger, logs and notices. */
export class DataKey extends Construct {
  readonly key: kms.Key;

  constructor(scope: Construct, id: string, props: DataKeyProps) {
    super(scope, id);
    this.key = new kms.Key(this, "Key", {
      alias: props.alias,
      description: props.description,
      enableKeyRotation: true,
      removalPolicy: props.removalPolicy,
    });
    const { account, region, partition, urlSuffix } = Stack.of(this);
    // The logs service names the log group in its encryption context, so that the key serves this account's groups only.
    this.key.addToResourcePolicy(
      new iam.PolicyStatement({
        principals: [new iam.ServicePrincipal(`logs.${region}.${urlSuffix}`)],
        actions: ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
        resources: ["*"],
        conditions: {
          ArnLike: { "kms:EncryptionContext:aws:logs:arn": `arn:${partition}:logs:${region}:${account}:log-group:*` },
        },
      }),
    );
  }
}
