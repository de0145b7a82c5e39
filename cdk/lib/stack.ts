import { CfnOutput, Stack, type StackProps } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { acknowledge } from "./compliance/acknowledgements.js";
import { type DatasetConfig, type PipelineConfig, removalPolicy as removal } from "./config.js";
import { Alarms, ofDataset, ofEnvironment } from "./constructs/alarms.js";
import { Alerts } from "./constructs/alerts.js";
import { DataBuckets } from "./constructs/buckets.js";
import { Catalog } from "./constructs/catalog.js";
import { Dashboard } from "./constructs/dashboard.js";
import { Egress } from "./constructs/egress.js";
import { DataKey } from "./constructs/key.js";
import { Ledger } from "./constructs/ledger.js";
import { Parameters } from "./constructs/parameters.js";
import { PartnerUpload, type Upload } from "./constructs/partner-upload.js";
import { CONFIG_KEY } from "./names.js";
import { buildRoom } from "./rooms/build.js";
import type { Room } from "./rooms/rooms.js";
import { INTAKE, type Shared, type Source, tellKey } from "./rooms/shared.js";

export interface CarelakeStackProps extends StackProps {
  readonly source: Source;
  /** The room of the monthly run. */
  readonly monthly: Room;
  /** Who is told, besides those of the configuration. */
  readonly email?: string;
}

/** What all rooms of an environment share, and the monthly run. */
export class CarelakeStack extends Stack {
  constructor(scope: Construct, id: string, props: CarelakeStackProps) {
    super(scope, id, props);
    const { names, config } = props.source;
    const { datasets, environment } = config;
    const shared = this.share(props.source, props.email);
    const built = buildRoom(this, shared, props.monthly);
    new Alarms(this, "Alarms", {
      names,
      topic: shared.topic,
      alarms: [
        ...ofEnvironment(names, shared.topic, this.partition),
        ...built.alarms,
        ...datasets.flatMap((dataset) => ofDataset(dataset, names)),
      ],
    });
    new Dashboard(this, "Dashboard", { names, publications: datasets.flatMap((dataset) => dataset.publications) });
    const machine = built.machines.get(names.stack)?.machine.stateMachineArn ?? "";
    new Parameters(this, "Parameters", {
      values: {
        [names.parameter("state-machine")]: machine,
        [names.parameter("alerts")]: shared.topic.topicArn,
        [names.parameter("ledger")]: shared.ledger.tableName,
        [names.parameter("database")]: shared.database,
        [names.parameter("input")]: shared.input.bucketName,
        [names.parameter("output")]: shared.output.bucketName,
        [names.parameter("rejects")]: shared.rejects.bucketName,
      },
    });
    new CfnOutput(this, "StateMachineArn", { value: machine });
    new CfnOutput(this, "Configuration", {
      value: `s3://${shared.output.bucketName}/${environment.output.prefix}${CONFIG_KEY}`,
      description: "Where functions read pipeline_config.yaml",
    });
    acknowledge(this);
  }

  /** Makes what all rooms share. */
  private share(source: Source, email: string | undefined): Shared {
    const { names, config } = source;
    const { environment } = config;
    const { deployment } = environment;
    const removalPolicy = removal(deployment);
    const { key } = new DataKey(this, "Key", {
      alias: names.keyAlias,
      description: `carelake ${environment.name}: data, ledger, logs and notices`,
      removalPolicy,
    });
    tellKey(this, names, key);
    const { input, output, rejects } = new DataBuckets(this, "Buckets", {
      inputBucket: environment.input.bucket,
      outputBucket: environment.output.bucket,
      rejectsBucket: environment.rejects.bucket,
      key,
      versionDays: deployment.version_days,
      removalPolicy,
      sent: `${environment.input.prefix}${INTAKE}/`,
      kept: config.datasets.flatMap(({ sources }) => sources.flatMap(({ reads }) => reads.map((prefix) => environment.input.prefix + prefix))),
    });
    const { table } = new Ledger(this, "Ledger", { tableName: names.of("ledger"), key, removalPolicy });
    const { databaseName } = new Catalog(this, "Catalog", {
      databaseName: names.database,
      description: `carelake ${environment.name}: what is published, run by run`,
    });
    const { network } = deployment;
    if (network?.hosts !== undefined && network.hosts.length > 0) {
      new Egress(this, "Egress", { name: names.of("egress"), network });
    }
    const emails = email === undefined ? deployment.emails : [...deployment.emails, email];
    const recipients = (config.tenants ?? []).flatMap((tenant) => tenant.recipients);
    const { topic } = new Alerts(this, "Alerts", { topicName: names.of("alerts"), emails, recipients, key });
    for (const [account, own] of partners(config)) {
      const uploads = own.map(({ prefix, networks }) => ({ prefix: environment.input.prefix + prefix, networks }));
      const bucketName = environment.input.bucket;
      new PartnerUpload(this, `Partner${account}`, { account, uploads, bucket: input, bucketName, key });
    }
    return { ...source, key, input, output, rejects, ledger: table, topic, database: databaseName, published: [], isElsewhere: false };
  }
}

/** Returns what each account uploads itself. */
function partners({ datasets, intake }: PipelineConfig): Map<string, Upload[]> {
  const sources = datasets.flatMap((dataset: DatasetConfig) => dataset.sources);
  const all = [
    ...sources.map(({ uploader: account, prefix }) => ({ account, prefix, networks: [] })),
    ...intake.partners.map(({ account, name, networks }) => ({ account, prefix: `${INTAKE}/${name}/`, networks })),
  ];
  const found = new Map<string, Upload[]>();
  for (const { account, ...upload } of all) {
    if (account !== undefined) {
      found.set(account, [...(found.get(account) ?? []), upload]);
    }
  }
  return found;
}
