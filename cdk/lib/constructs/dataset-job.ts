import * as dynamodb from "aws-cdk-lib/aws-dynamodb";
import * as iam from "aws-cdk-lib/aws-iam";
import * as kms from "aws-cdk-lib/aws-kms";
import { Construct } from "constructs";
import type { DatasetConfig, EnvironmentConfig } from "../config.js";
import { CONFIG_KEY } from "../names.js";
import { confine, flipTables, readLedger, useKey, writeLedger } from "../permissions.js";
import type { DataBuckets } from "./buckets.js";

export interface DatasetJobProps {
  readonly dataset: DatasetConfig;
  readonly place: EnvironmentConfig;
  readonly buckets: DataBuckets;
  readonly ledger: dynamodb.ITable;
  /** The Glue database. */
  readonly database: string;
  readonly key: kms.IKey;
  /** What carries the job out: a function's role or a container's. */
  readonly role: iam.IRole;
}

/**
 * What the job of one dataset may do: read its sources, write its own output, rejects, part of the ledger and tables, and
 * nothing else; the buckets refuse it the rest as well.
 */
export class DatasetJob extends Construct {
  constructor(scope: Construct, id: string, props: DatasetJobProps) {
    super(scope, id);
    const { dataset, place, buckets, role } = props;
    const sources = dataset.sources.flatMap(({ reads }) => reads.map((prefix) => place.input.prefix + prefix));
    const own = `${dataset.name}/`;
    confine(role, buckets.input, { reads: sources });
    confine(role, buckets.output, { objects: [place.output.prefix + CONFIG_KEY], writes: [place.output.prefix + own] });
    confine(role, buckets.rejects, { writes: [place.rejects.prefix + own] });

    readLedger(role, props.ledger, ["RUNS"]);
    writeLedger(role, props.ledger, [`PUB#${dataset.name}`, `PUB#${dataset.name}/*`]);
    useKey(role, props.key);

    const tables = dataset.publications.map((publication) => publication.replace("/", "_"));
    // A dataset of feeds has a view over their tables, of its own name.
    const view = tables.includes(dataset.name) ? [] : [dataset.name];
    flipTables(role, props.database, [...tables, ...view]);
  }
}
