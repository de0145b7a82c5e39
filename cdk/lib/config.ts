import { readFileSync } from "node:fs";
import { RemovalPolicy } from "aws-cdk-lib";
import type { RetentionDays } from "aws-cdk-lib/aws-logs";

/** A bucket and the prefix in it, which is empty or ends with a slash; or a folder, which cannot be deployed. */
export interface Place {
  readonly bucket: string;
  readonly prefix: string;
}

/** When the monthly run starts, in UTC. */
export interface MonthlySchedule {
  readonly day: number;
  readonly hour: number;
}

/** Where container tasks run, and functions that reach systems that are not of AWS. */
export interface Network {
  readonly vpc: string;
  readonly subnets: readonly string[];
  /** What functions reach from it besides AWS: hosts, each with its port unless that is 443. With any, the VPC is carelake's alone. */
  readonly hosts?: readonly string[];
}

export type Architecture = "arm64" | "x86_64";

/** What differs between environments. */
export interface Deployment {
  /** The account that must be deployed to; any if it is not set. */
  readonly account?: string;
  /** The region to deploy to; that of the credentials if it is not set. */
  readonly region?: string;
  readonly architecture: Architecture;
  /** Who is told, besides the address given at deployment. */
  readonly emails: readonly string[];
  /** Without one, nothing starts by itself. */
  readonly schedule?: MonthlySchedule;
  readonly log_days: RetentionDays;
  /** Days until a replaced or deleted version of an object is gone. */
  readonly version_days: number;
  /** Whether data, ledger and key go with the stack. */
  readonly deletes_on_teardown: boolean;
  readonly network?: Network;
}

/** What becomes of what a stack keeps when the stack goes. */
export function removalPolicy(deployment: Deployment): RemovalPolicy {
  return deployment.deletes_on_teardown ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN;
}

export interface EnvironmentConfig {
  readonly name: string;
  readonly input: Place;
  readonly output: Place;
  readonly rejects: Place;
  readonly deployment: Deployment;
}

export interface SourceConfig {
  readonly name: string;
  /** What keys of its files begin with. */
  readonly prefix: string;
  /** What keys of everything that is read for it begin with: its files, and archives that hold them. */
  readonly reads: readonly string[];
  /** The AWS account that uploads the files itself. */
  readonly uploader?: string;
}

export interface DatasetConfig {
  readonly name: string;
  readonly sources: readonly SourceConfig[];
  /** What is published as a whole: the dataset, or `dataset/feed` for each of its feeds. */
  readonly publications: readonly string[];
  readonly compute: "lambda" | "fargate";
  readonly memory_mib: number;
  readonly scratch_mib: number;
  readonly max_reject_ratio: number;
}

/** Whose data it is, where there are several. */
export interface Tenant {
  /** Who is told of it, and of nothing else. */
  readonly recipients: readonly string[];
}

/** Who sends files to the intake room. */
export interface PartnerConfig {
  readonly name: string;
  /** The AWS account from which it uploads files itself, if it does. */
  readonly account?: string;
  /** Where it sends from; without any it has no SFTP. */
  readonly networks: readonly string[];
}

/** A database whose tables are loaded by a schedule. */
export interface LoadedSource {
  readonly name: string;
  /** How old the last load may be in which all of its tables were well. */
  readonly max_staleness_secs: number;
}

/** A stream of changes. */
export interface StreamConfig {
  readonly name: string;
  readonly kind: "files" | "dynamodb" | "kinesis" | "dms";
  /** The table or stream whose records are delivered, of this account and region where there is no ARN. */
  readonly source: string;
  /** The stream of this environment. */
  readonly arn?: string;
  /** The key of a customer that its records are encrypted with. */
  readonly key?: string;
  /** The changes that are delivered; all if there are none. */
  readonly prefilter?: readonly string[];
  /** What is looked up while its records are taken. */
  readonly lookups?: readonly LookedUp[];
  readonly flush: { readonly every_secs: number };
}

/** What a stream looks up: a table of DynamoDB of this account, or a publication. */
export interface LookedUp {
  readonly table?: string;
  /** Where the table is, if not in the region of the environment. */
  readonly region?: string;
  readonly publication?: string;
}

/** What takes messages of HL7 v2. */
export interface MessagesConfig {
  /** Who issues tokens; without it a user pool is made. */
  readonly issuer?: { readonly issuer: string; readonly audiences: readonly string[] };
  /** Whether anybody may sign up in that. */
  readonly signs_up: boolean;
  /** The Kinesis stream that messages come by: one that is there, or one that is made. */
  readonly stream?: { readonly arn?: string };
}

/** What the stack needs to know of the configuration, which the command has read and checked. */
export interface PipelineConfig {
  readonly environment: EnvironmentConfig;
  readonly datasets: readonly DatasetConfig[];
  readonly tenants?: readonly Tenant[];
  /** The networks of rooms that have one of their own, by the name of the room. */
  readonly network?: Readonly<Record<string, Network>>;
  readonly intake: {
    readonly partners: readonly PartnerConfig[];
    /** The views over all feeds of partners, which whoever publishes one makes anew. */
    readonly views: readonly string[];
  };
  readonly loads: {
    readonly sources: readonly LoadedSource[];
    /** The folders among the inputs into which texts of tables are handed on to other rooms. */
    readonly hands_on: readonly string[];
  };
  /** The streams of this environment; without any there is no room for them. */
  readonly streams: readonly StreamConfig[];
  /** The pages; without it none are deployed, since others could reach them. `names_issuer`: whether the configuration says who signs people in. */
  readonly console?: { readonly names_issuer: boolean };
  /** What takes messages of HL7 v2; without it nothing does, since others could reach it. */
  readonly hl7?: MessagesConfig;
}

/** Reads what `carelake config --resolved --env ENV` printed; refuses an environment that is not in buckets. */
export function readConfig(file: string): PipelineConfig {
  const config = JSON.parse(readFileSync(file, "utf8")) as PipelineConfig;
  const { name, ...places } = config.environment;
  for (const key of ["input", "output", "rejects"] as const) {
    if (!("bucket" in places[key])) {
      throw new Error(`environments.${name}.${key}: must be s3://bucket/prefix: only buckets can be deployed`);
    }
  }
  return config;
}
