/**
 * What functions may do, prefix by prefix.
 *
 * The library's `grantRead` and the like open a bucket's whole listing and use wildcard actions; here every action is
 * named and every resource is the part of the bucket, table or catalog that a function works on.
 */

import { ArnFormat, Stack } from "aws-cdk-lib";
import * as dynamodb from "aws-cdk-lib/aws-dynamodb";
import * as iam from "aws-cdk-lib/aws-iam";
import * as kms from "aws-cdk-lib/aws-kms";
import * as s3 from "aws-cdk-lib/aws-s3";

const READ = ["s3:GetObject"];
const WRITE = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject", "s3:PutObjectTagging"];
const LEDGER_READ = ["dynamodb:GetItem", "dynamodb:Query"];
const LEDGER_WRITE = ["dynamodb:ConditionCheckItem", "dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem"];

/** What a role does in a bucket. */
export interface Access {
  /** Single objects that it reads. */
  readonly objects?: readonly string[];
  /** Prefixes that it lists and reads. */
  readonly reads?: readonly string[];
  /** Prefixes that it lists, reads, creates, replaces and deletes. */
  readonly writes?: readonly string[];
}

/**
 * Lets a role do this in a bucket. The bucket itself refuses it to read, write or delete any other object, any version of
 * one, and to change these refusals, whatever the role's own policies say one day.
 */
export function confine(role: iam.IRole, bucket: s3.Bucket, { objects = [], reads = [], writes = [] }: Access): void {
  const arns = (keys: readonly string[]): string[] => [...new Set(keys)].map((key) => bucket.arnForObjects(key));
  const [read, written] = [reads, writes].map((prefixes) => prefixes.map((prefix) => `${prefix}*`)) as [string[], string[]];
  const list = (patterns: string[]): void => {
    allow(role, ["s3:ListBucket"], [bucket.bucketArn], { StringLike: { "s3:prefix": [...new Set(patterns)] } });
  };
  if (objects.length > 0) {
    allow(role, READ, arns(objects));
  }
  if (read.length > 0) {
    allow(role, READ, arns(read));
    list(read);
  }
  if (written.length > 0) {
    allow(role, WRITE, arns(written));
    list(written);
    // IAM knows no prefix for this one. It tells keys of uploads that are under way, and nothing of what is in them.
    allow(role, ["s3:ListBucketMultipartUploads"], [bucket.bucketArn]);
  }
  refuse(role, bucket, [...READ, "s3:GetObjectVersion"], arns([...objects, ...read, ...written]));
  refuse(role, bucket, [...WRITE.filter((action) => !READ.includes(action)), "s3:DeleteObjectVersion"], arns(written));
  refuse(role, bucket, ["s3:DeleteBucketPolicy", "s3:PutBucketPolicy"], []);
}

/** Refuses a role these actions on the bucket and every object but some. */
function refuse(role: iam.IRole, bucket: s3.Bucket, actions: string[], but: string[]): void {
  bucket.addToResourcePolicy(
    new iam.PolicyStatement({
      effect: iam.Effect.DENY,
      principals: [new iam.ArnPrincipal(role.roleArn)],
      actions,
      ...(but.length > 0 ? { notResources: but } : { resources: [bucket.bucketArn, bucket.arnForObjects("*")] }),
    }),
  );
}

/** Lets a role read the ledger, all of it or some partitions. */
export function readLedger(role: iam.IRole, table: dynamodb.ITable, partitions?: readonly string[]): void {
  allow(role, LEDGER_READ, [table.tableArn], partitions && leading(partitions));
}

/** Lets a role see when the ledger was made. */
export function describeLedger(role: iam.IRole, table: dynamodb.ITable): void {
  allow(role, ["dynamodb:DescribeTable"], [table.tableArn]);
}

/** Lets a role write some partitions of the ledger. */
export function writeLedger(role: iam.IRole, table: dynamodb.ITable, partitions: readonly string[]): void {
  allow(role, [...LEDGER_READ, ...LEDGER_WRITE], [table.tableArn], leading(partitions));
}

/** Lets a role read what executions of a state machine did. By name: the state machine itself is made after its functions. */
export function countSteps(role: iam.IRole, stateMachineName: string): void {
  const executions = Stack.of(role).formatArn({
    service: "states",
    resource: "execution",
    resourceName: `${stateMachineName}:*`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  allow(role, ["states:GetExecutionHistory"], [executions]);
}

/** Lets a role use the key for what it reads and writes in S3 and DynamoDB, and for nothing else. */
export function useKey(role: iam.IRole, key: kms.IKey): void {
  const { region, urlSuffix } = Stack.of(key);
  const services = ["s3", "dynamodb"].map((service) => `${service}.${region}.${urlSuffix}`);
  allow(role, ["kms:Decrypt", "kms:GenerateDataKey"], [key.keyArn], { StringEquals: { "kms:ViaService": services } });
}

/** Lets a role make and move tables, and read others. */
export function flipTables(
  role: iam.IRole,
  database: string,
  written: readonly string[],
  read: readonly string[] = [],
): void {
  const stack = Stack.of(role);
  const arn = (resource: string, resourceName?: string): string =>
    stack.formatArn({ service: "glue", resource, ...(resourceName === undefined ? {} : { resourceName }) });
  const tables = (names: readonly string[]): string[] => names.map((name) => arn("table", `${database}/${name}`));
  const above = [arn("catalog"), arn("database", database)];
  allow(role, ["glue:CreateTable", "glue:GetTable", "glue:UpdateTable"], [...above, ...tables(written)]);
  if (read.length > 0) {
    allow(role, ["glue:GetTable"], [...above, ...tables(read)]);
  }
}

function leading(partitions: readonly string[]): iam.Conditions {
  return { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": partitions } };
}

function allow(role: iam.IRole, actions: string[], resources: string[], conditions?: iam.Conditions): void {
  role.addToPrincipalPolicy(
    new iam.PolicyStatement({ actions, resources, ...(conditions === undefined ? {} : { conditions }) }),
  );
}
