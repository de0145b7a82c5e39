/** CDK feature flags that every app and test of ours sets; without the first, access logs need a bucket with ACLs. */
export const FEATURES: Readonly<Record<string, boolean>> = {
  "@aws-cdk/aws-s3:serverAccessLogsUseBucketPolicy": true,
  "@aws-cdk/aws-s3:createDefaultLoggingPolicy": true,
  "@aws-cdk/core:enablePartitionLiterals": true,
  "@aws-cdk/aws-iam:minimizePolicies": true,
};
