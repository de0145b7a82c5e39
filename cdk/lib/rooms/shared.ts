import { ArnFormat, CfnOutput, Fn, Stack } from "aws-cdk-lib";
import * as dynamodb from "aws-cdk-lib/aws-dynamodb";
import * as kms from "aws-cdk-lib/aws-kms";
import * as s3 from "aws-cdk-lib/aws-s3";
import * as sns from "aws-cdk-lib/aws-sns";
import type { Construct } from "constructs";
import type { PipelineConfig } from "../config.js";
import type { Names } from "../names.js";

/** The room whose inputs partners send. */
export const INTAKE = "intake";
/** The room that loads tables of databases. */
export const LOADS = "loads";
/** The room of streams of changes. */
export const STREAMS = "streams";
/** The room of messages of HL7 v2. */
export const HL7 = "hl7";
/** The pages for browsers. */
export const CONSOLE = "console";

/** What an environment is made from. */
export interface Source {
  readonly names: Names;
  readonly config: PipelineConfig;
  /** The project's folder, with the definitions and the Dockerfile. */
  readonly project: string;
  /** Folder with a folder for each room, which has its binary, named `bootstrap`. */
  readonly artifacts: string;
}

/** What all rooms of an environment share. */
export interface Shared extends Source {
  readonly key: kms.IKey;
  readonly input: s3.IBucket;
  readonly output: s3.IBucket;
  readonly rejects: s3.IBucket;
  readonly ledger: dynamodb.ITable;
  readonly topic: sns.ITopic;
  /** The Glue database. */
  readonly database: string;
  /** What publications of any room begin with, below the output. */
  readonly published: readonly string[];
  /**
   * Whether the buckets are of another stack. Their policies cannot name the roles of this one then, and what keeps a role to
   * what it was given is a boundary instead.
   */
  readonly isElsewhere: boolean;
}

/** Lets the stacks of rooms know the key: policies and log groups take no alias. All else is known by its name. */
export function tellKey(stack: Stack, names: Names, key: kms.IKey): void {
  new CfnOutput(stack, "KeyArn", { value: key.keyArn, exportName: names.of("key"), description: "The key, for the stacks of rooms" });
}

/** Returns what rooms share, as the stack of a room knows it. */
export function sharedFromElsewhere(scope: Construct, source: Source, published: readonly string[]): Shared {
  const { names, config } = source;
  const bucket = (id: string, bucketName: string): s3.IBucket => s3.Bucket.fromBucketName(scope, id, bucketName);
  const topicArn = Stack.of(scope).formatArn({
    service: "sns", resource: names.of("alerts"), arnFormat: ArnFormat.NO_RESOURCE_NAME,
  });
  return {
    ...source,
    key: kms.Key.fromKeyArn(scope, "Key", Fn.importValue(names.of("key"))),
    input: bucket("Input", config.environment.input.bucket),
    output: bucket("Output", config.environment.output.bucket),
    rejects: bucket("Rejects", config.environment.rejects.bucket),
    ledger: dynamodb.Table.fromTableName(scope, "Ledger", names.of("ledger")),
    topic: sns.Topic.fromTopicArn(scope, "Alerts", topicArn),
    database: names.database,
    published,
    isElsewhere: true,
  };
}
