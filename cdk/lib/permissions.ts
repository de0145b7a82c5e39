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
import type { Rights } from "./rights.js";

const READ = ["s3:GetObject"];
const WRITE = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject", "s3:PutObjectTagging"];
const LEDGER_READ = ["dynamodb:GetItem", "dynamodb:Query"];
const LEDGER_WRITE = ["dynamodb:ConditionCheckItem", "dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem"];

/** What a role does in a bucket. */
export interface Access {
  /** Single objects that it reads. */
  readonly objects?: readonly string[];
  /** Prefixes that it lists. */
  readonly lists?: readonly string[];
  /** Prefixes that it lists and reads. */
  readonly reads?: readonly string[];
  /** Whether it also reads what was there before an object was replaced. */
  readonly readsVersions?: boolean;
  /** Prefixes that it lists, reads, creates, replaces and deletes. */
  readonly writes?: readonly string[];
}

/**
 * Lets a role do this in a bucket. Where the role has no boundary, the bucket itself refuses it to read, write or delete any
 * other object, any version of one, and to change these refusals, whatever the role's own policies say one day.
 */
export function confine(rights: Rights, bucket: s3.IBucket, { objects = [], lists = [], reads = [], readsVersions = false, writes = [] }: Access): void {
  const arns = (keys: readonly string[]): string[] => [...new Set(keys)].map((key) => bucket.arnForObjects(key));
  const [read, written] = [reads, writes].map((prefixes) => prefixes.map((prefix) => `${prefix}*`)) as [string[], string[]];
  const list = (patterns: string[]): void => {
    rights.allow(["s3:ListBucket"], [bucket.bucketArn], { StringLike: { "s3:prefix": [...new Set(patterns)] } });
  };
  if (objects.length > 0) {
    rights.allow(READ, arns(objects));
  }
  if (lists.length > 0) {
    list(lists.map((prefix) => `${prefix}*`));
  }
  if (read.length > 0) {
    rights.allow(readsVersions ? [...READ, "s3:GetObjectVersion"] : READ, arns(read));
    list(read);
  }
  if (written.length > 0) {
    rights.allow(WRITE, arns(written));
    list(written);
    // IAM knows no prefix for this one. It tells keys of uploads that are under way, and nothing of what is in them.
    rights.allow(["s3:ListBucketMultipartUploads"], [bucket.bucketArn]);
  }
  if (rights.isBounded) {
    return;
  }
  const { role } = rights;
  refuse(role, bucket, [...READ, "s3:GetObjectVersion"], arns([...objects, ...read, ...written]));
  refuse(role, bucket, [...WRITE.filter((action) => !READ.includes(action)), "s3:DeleteObjectVersion"], arns(written));
  refuse(role, bucket, ["s3:DeleteBucketPolicy", "s3:PutBucketPolicy"], []);
}

/** Refuses a role these actions on the bucket and every object but some. */
function refuse(role: iam.IRole, bucket: s3.IBucket, actions: string[], but: string[]): void {
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
export function readLedger(rights: Rights, table: dynamodb.ITable, partitions?: readonly string[]): void {
  rights.allow(LEDGER_READ, [table.tableArn], partitions && leading(partitions));
}

/** Lets a role see when the ledger was made. */
export function describeLedger(rights: Rights, table: dynamodb.ITable): void {
  rights.allow(["dynamodb:DescribeTable"], [table.tableArn]);
}

/** Lets a role write some partitions of the ledger. */
export function writeLedger(rights: Rights, table: dynamodb.ITable, partitions: readonly string[]): void {
  rights.allow([...LEDGER_READ, ...LEDGER_WRITE], [table.tableArn], leading(partitions));
}

/** Lets a role read what executions of state machines did. By name: a state machine is made after its functions. */
export function countSteps(rights: Rights, machines: readonly string[]): void {
  rights.allow(["states:GetExecutionHistory"], machines.map((machine) => states(rights, "execution", `${machine}:*`)));
}

/** Lets a role list executions of state machines and read what they did. */
export function watchMachines(rights: Rights, machines: readonly string[]): void {
  countSteps(rights, machines);
  rights.allow(["states:ListExecutions"], machines.map((machine) => states(rights, "stateMachine", machine)));
}

/** Lets a role start executions of state machines, which are looked for by their names, and see how they go. */
export function startMachines(rights: Rights, machines: readonly string[]): void {
  rights.allow(["states:StartExecution"], machines.map((machine) => states(rights, "stateMachine", machine)));
  rights.allow(["states:DescribeExecution"], machines.map((machine) => states(rights, "execution", `${machine}:*`)));
  // IAM knows no resource for this one.
  rights.allow(["states:ListStateMachines"], ["*"]);
}

function states(rights: Rights, resource: string, resourceName: string): string {
  return Stack.of(rights.role).formatArn({
    service: "states", resource, resourceName, arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
}

/** Lets a role read secrets by their names, behind which Secrets Manager puts six characters of its own. */
export function readSecrets(rights: Rights, names: readonly string[]): void {
  const arn = (name: string): string => Stack.of(rights.role).formatArn({
    service: "secretsmanager", resource: "secret", resourceName: `${name}-??????`, arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  rights.allow(["secretsmanager:GetSecretValue"], names.map(arn));
}

/** Tables of DynamoDB of the stack's account that are loaded: their regions, null for that of the stack. */
export interface LoadedTables {
  readonly regions: readonly (string | null)[];
  /** Whether their items are scanned. */
  readonly scans: boolean;
  /** Whether exports of them are started, and written to these objects. */
  readonly exportsTo?: readonly string[];
}

/** Lets a role see which tables of DynamoDB there are, scan them, and export them, but for the ledger. */
export function loadTables(rights: Rights, ledger: dynamodb.ITable, { regions, scans, exportsTo }: LoadedTables): void {
  if (regions.length === 0) {
    return;
  }
  const stack = Stack.of(rights.role);
  const arns = (resourceName: string): string[] => regions.map((region) =>
    stack.formatArn({ service: "dynamodb", resource: "table", resourceName, ...(region === null ? {} : { region }) }));
  rights.allow(["dynamodb:DescribeContinuousBackups", "dynamodb:DescribeTable", ...(scans ? ["dynamodb:Scan"] : [])], arns("*"));
  // The ledger lies in the same account, and of it a room has its own partitions.
  rights.refuse(["dynamodb:ExportTableToPointInTime", "dynamodb:Scan"], [ledger.tableArn]);
  // IAM knows no resource for this one; it is called in these regions only.
  rights.allow(["dynamodb:ListTables"], ["*"], { StringEquals: { "aws:RequestedRegion": regions.map((region) => region ?? stack.region) } });
  if (exportsTo !== undefined) {
    rights.allow(["dynamodb:ExportTableToPointInTime"], arns("*"));
    rights.allow(["dynamodb:DescribeExport"], arns("*/export/*"));
    rights.allow(["s3:PutObjectAcl"], exportsTo);
  }
}

/** Lets a role look rows up by their keys in tables of DynamoDB of the stack's account, each in its region or in that of the stack. */
export function lookUp(rights: Rights, tables: readonly { readonly table: string; readonly region: string | undefined }[]): void {
  const arn = ({ table, region }: (typeof tables)[number]): string => Stack.of(rights.role).formatArn({
    service: "dynamodb", resource: "table", resourceName: table, ...(region === undefined ? {} : { region }),
  });
  if (tables.length > 0) {
    rights.allow(["dynamodb:BatchGetItem"], [...new Set(tables.map(arn))]);
  }
}

/** Lets a role use the key for what it reads and writes in S3 and DynamoDB, and for nothing else but what is named. */
export function useKey(rights: Rights, key: kms.IKey, ...more: readonly string[]): void {
  const { region, urlSuffix } = Stack.of(rights.role);
  const services = ["s3", "dynamodb", ...more].map((service) => `${service}.${region}.${urlSuffix}`);
  rights.allow(["kms:Decrypt", "kms:GenerateDataKey"], [key.keyArn], { StringEquals: { "kms:ViaService": services } });
}

/** Lets a role make and move tables. */
export function flipTables(rights: Rights, database: string, names: readonly string[]): void {
  const stack = Stack.of(rights.role);
  const arn = (resource: string, resourceName?: string): string =>
    stack.formatArn({ service: "glue", resource, ...(resourceName === undefined ? {} : { resourceName }) });
  const tables = names.map((name) => arn("table", `${database}/${name}`));
  rights.allow(
    ["glue:CreateTable", "glue:GetTable", "glue:UpdateTable"],
    [arn("catalog"), arn("database", database), ...tables],
  );
}

function leading(partitions: readonly string[]): iam.Conditions {
  return { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": partitions } };
}
