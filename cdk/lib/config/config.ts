import { readFileSync } from "node:fs";
import { RetentionDays } from "aws-cdk-lib/aws-logs";
import { parse } from "yaml";
import { Mistakes, Node } from "./node.js";

/** A bucket and the prefix in it, which is empty or ends with a slash. */
export interface Place {
  readonly bucket: string;
  readonly prefix: string;
}

/** When the monthly run starts, in UTC. */
export interface MonthlySchedule {
  /** 1 to 28, so that every month has it. */
  readonly day: number;
  /** 0 to 23. */
  readonly hour: number;
}

/** Where container tasks run. */
export interface Network {
  readonly vpc: string;
  readonly subnets: readonly string[];
}

export type Architecture = "arm64" | "x86_64";
export type OnTeardown = "keep" | "delete";

/** What differs between environments. */
export interface Deployment {
  /** The account that must be deployed to; any if it is not set. */
  readonly account: string | undefined;
  /** The region to deploy to; that of the credentials if it is not set. */
  readonly region: string | undefined;
  readonly architecture: Architecture;
  /** Who is told, besides the address given at deployment. */
  readonly emails: readonly string[];
  /** Without one, nothing starts by itself. */
  readonly schedule: MonthlySchedule | undefined;
  readonly logDays: RetentionDays;
  /** Days until a replaced or deleted version of an object is gone. */
  readonly versionDays: number;
  /** What becomes of data, ledger and key when the stack goes. */
  readonly onTeardown: OnTeardown;
  readonly network: Network | undefined;
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
  /** The part of the file pattern before its first wildcard: what keys of its files begin with. */
  readonly prefix: string;
  /** What keys of everything that is read for it begin with: its files, and archives that hold them. */
  readonly reads: readonly string[];
  /** The AWS account that uploads the files itself. */
  readonly uploader: string | undefined;
}

export interface DatasetConfig {
  readonly name: string;
  readonly sources: readonly SourceConfig[];
  /** What is published as a whole: the dataset, or `dataset/feed` for each of its feeds. */
  readonly publications: readonly string[];
  readonly compute: "lambda" | "fargate";
  readonly memoryMib: number;
  readonly scratchMib: number;
  readonly maxRejectRatio: number;
}

/** What the stack needs to know of `pipeline_config.yaml`. */
export interface PipelineConfig {
  readonly environment: EnvironmentConfig;
  readonly datasets: readonly DatasetConfig[];
}

const KEYS = ["version", "environments", "sources", "datasets", "code_lists", "notify", "prices"];
const ENVIRONMENT = ["input", "output", "rejects", "deployment"];
const DEPLOYMENT = ["account", "region", "architecture", "emails", "schedule", "log_days", "version_days", "on_teardown", "network"];
const SOURCE = [
  "description", "file", "encoding", "delimiter", "null_tokens", "date_format", "optional", "on_new_column",
  "npi_first_digit", "required", "columns", "unused", "uploader", "exclude", "archive", "increment_days", "family",
];
const DATASET = [
  "sources", "key", "order", "feeds", "partition_by", "same_release", "max_reject_ratio", "min_rows", "max_drop_ratio",
  "note_loss", "max_loss", "keep_runs", "keep_months", "compute", "memory_mib", "scratch_mib",
];
const ACCOUNT = "the 12 digits of an AWS account, in quotes";
const LOCATION = /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/[\w!.*'()/-]*)?$/;
/** What CloudWatch Logs keeps logs for, in days, but for the library's number that stands for ever. */
const LOG_DAYS = Object.values(RetentionDays)
  .filter((days): days is RetentionDays => typeof days === "number" && days !== RetentionDays.INFINITE)
  .sort((one, other) => one - other);

/** Reads the configuration for one environment; throws an error that names every mistake. */
export function readConfig(file: string, environment: string): PipelineConfig {
  const mistakes = new Mistakes();
  const root = new Node(parse(readFileSync(file, "utf8")), "", mistakes).fields(KEYS);
  const environments = new Map(root("environments").entries());
  const node = environments.get(environment);
  if (node === undefined) {
    throw new Error(`${file} has no environment ${environment}; it has ${[...environments.keys()].join(", ")}`);
  }
  const sources = new Map(root("sources").entries().map(([name, source]) => [name, readSource(name, source)]));
  const config = {
    environment: readEnvironment(environment, node),
    datasets: root("datasets").entries().map(([name, dataset]) => readDataset(name, dataset, sources, mistakes)),
  };
  const containers = config.datasets.filter((dataset) => dataset.compute === "fargate");
  if (containers.length > 0 && config.environment.deployment.network === undefined) {
    mistakes.add(`environments.${environment}.deployment.network`, "is needed where a dataset has compute: fargate");
  }
  if (mistakes.found.length > 0) {
    throw new Error(`${file} cannot be deployed:\n  ${mistakes.found.join("\n  ")}`);
  }
  return config;
}

function readEnvironment(name: string, node: Node): EnvironmentConfig {
  const field = node.fields(ENVIRONMENT);
  return {
    name,
    input: readPlace(field("input")),
    output: readPlace(field("output")),
    rejects: readPlace(field("rejects")),
    deployment: readDeployment(field("deployment")),
  };
}

function readPlace(node: Node): Place {
  const text = node.text("s3://bucket/prefix: only buckets can be deployed", LOCATION);
  const [bucket = "", ...path] = text.slice("s3://".length).split("/").filter((part) => part !== "");
  return { bucket, prefix: path.map((part) => `${part}/`).join("") };
}

function readDeployment(node: Node): Deployment {
  const field = node.isPresent ? node.fields(DEPLOYMENT) : () => new Node(undefined, node.path, new Mistakes());
  const wanted = field("log_days").number(1, 3653, 365);
  const logDays = LOG_DAYS.find((days) => days.valueOf() === wanted);
  if (logDays === undefined) {
    field("log_days").expected(`one of ${LOG_DAYS.join(", ")}`);
  }
  return {
    account: field("account").text(ACCOUNT, /^\d{12}$/, "") || undefined,
    region: field("region").text("a region such as us-east-1", /^[a-z]{2}(-[a-z]+)+-\d$/, "") || undefined,
    architecture: field("architecture").choice(["arm64", "x86_64"], "arm64"),
    emails: field("emails").texts("a mail address", /^\S+@\S+\.\S+$/),
    schedule: readSchedule(field("schedule")),
    logDays: logDays ?? RetentionDays.ONE_YEAR,
    versionDays: field("version_days").number(1, 3650, 90),
    onTeardown: field("on_teardown").choice(["keep", "delete"], "keep"),
    network: readNetwork(field("network")),
  };
}

function readSchedule(node: Node): MonthlySchedule | undefined {
  if (!node.isPresent) {
    return undefined;
  }
  const field = node.fields(["day", "hour"]);
  return { day: field("day").number(1, 28, 1), hour: field("hour").number(0, 23, 6) };
}

function readNetwork(node: Node): Network | undefined {
  if (!node.isPresent) {
    return undefined;
  }
  const field = node.fields(["vpc", "subnets"]);
  return {
    vpc: field("vpc").text("the id of a VPC", /^vpc-[0-9a-f]+$/),
    subnets: field("subnets").texts("the id of a subnet", /^subnet-[0-9a-f]+$/),
  };
}

function readSource(name: string, node: Node): SourceConfig {
  const field = node.fields(SOURCE);
  const pattern = field("file").text("a file name or pattern", /./);
  const uploader = field("uploader").text(ACCOUNT, /^\d{12}$/, "");
  const archive = field("archive").text("a pattern of ZIP archives", /\.zip$/, "");
  const [prefix = "", ...archives] = [pattern, archive].filter((one) => one !== "").map((one) => one.split(/[*?[]/)[0] ?? "");
  if (uploader !== "" && !prefix.includes("/")) {
    field("file").expected("in a folder of its own, such as partners/NAME/*.csv, because uploader is set");
  }
  return { name, prefix, reads: [prefix, ...archives], uploader: uploader === "" ? undefined : uploader };
}

function readDataset(
  name: string,
  node: Node,
  sources: ReadonlyMap<string, SourceConfig>,
  mistakes: Mistakes,
): DatasetConfig {
  const field = node.fields(DATASET);
  const feeds = field("feeds").isPresent ? field("feeds").entries().map(([feed]) => feed) : undefined;
  const names = feeds ?? field("sources").texts("the name of a source", /./);
  const used = names.map((source) => {
    const found = sources.get(source);
    if (found === undefined) {
      mistakes.add(`datasets.${name}`, `source ${source} is not declared`);
    }
    return found ?? { name: source, prefix: "", reads: [], uploader: undefined };
  });
  return {
    name,
    sources: used,
    publications: feeds?.map((feed) => `${name}/${feed}`) ?? [name],
    compute: field("compute").choice(["lambda", "fargate"], "lambda"),
    memoryMib: field("memory_mib").number(512, 10_240, 3_008),
    scratchMib: field("scratch_mib").number(512, 10_240, 4_096),
    maxRejectRatio: field("max_reject_ratio").number(0, 1, 0.01, false),
  };
}
