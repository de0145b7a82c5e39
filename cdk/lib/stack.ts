import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { acknowledge } from "./compliance/acknowledgements.js";
import type { DatasetConfig, Network, PipelineConfig } from "./config.js";
import { Alarms } from "./constructs/alarms.js";
import { Alerts } from "./constructs/alerts.js";
import { DataBuckets } from "./constructs/buckets.js";
import { Catalog } from "./constructs/catalog.js";
import { ContainerJob } from "./constructs/container-job.js";
import { Dashboard } from "./constructs/dashboard.js";
import { DatasetJob } from "./constructs/dataset-job.js";
import { ExecutionRule } from "./constructs/execution-rule.js";
import { DataKey } from "./constructs/key.js";
import { Ledger } from "./constructs/ledger.js";
import { Parameters } from "./constructs/parameters.js";
import { PartnerUpload } from "./constructs/partner-upload.js";
import { PipelineFunction, type PipelineFunctionProps } from "./constructs/pipeline-function.js";
import { Schedules, type ScheduledCall } from "./constructs/schedule.js";
import { StateMachine } from "./constructs/state-machine.js";
import { withContainers } from "./definition.js";
import { CONFIG_KEY, Names, RUNS_PREFIX } from "./names.js";
import { confine, countSteps, describeLedger, readLedger, useKey, writeLedger } from "./permissions.js";

export interface CarelakeStackProps extends StackProps {
  readonly config: PipelineConfig;
  /** The project's folder, with the state machine and the Dockerfile. */
  readonly project: string;
  /** Folder with a folder for each room, which has its binary, named `bootstrap`. */
  readonly artifacts: string;
  /** Who is told, besides those of the configuration. */
  readonly email?: string;
}

/** Memory of the functions that only plan, look and report. */
const SMALL_MIB = 512;

/** Everything of one environment. */
export class CarelakeStack extends Stack {
  constructor(scope: Construct, id: string, stackProps: CarelakeStackProps) {
    super(scope, id, stackProps);
    const { environment, datasets } = stackProps.config;
    const { deployment } = environment;
    const names = new Names(environment.name);
    const removalPolicy = deployment.deletes_on_teardown ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN;
    const publications = datasets.flatMap((dataset) => dataset.publications);

    const { key } = new DataKey(this, "Key", {
      alias: names.keyAlias,
      description: `carelake ${environment.name}: data, ledger, logs and notices`,
      removalPolicy,
    });
    const buckets = new DataBuckets(this, "Buckets", {
      inputBucket: environment.input.bucket,
      outputBucket: environment.output.bucket,
      rejectsBucket: environment.rejects.bucket,
      key,
      versionDays: deployment.version_days,
      removalPolicy,
    });
    const { table } = new Ledger(this, "Ledger", { tableName: names.of("ledger"), key, removalPolicy });
    const { databaseName } = new Catalog(this, "Catalog", {
      databaseName: names.database,
      description: `carelake ${environment.name}: what is published, run by run`,
    });
    const emails = stackProps.email === undefined ? deployment.emails : [...deployment.emails, stackProps.email];
    const { topic } = new Alerts(this, "Alerts", { topicName: names.of("alerts"), emails, key });

    const of = (name: string, description: string, dataset?: DatasetConfig): PipelineFunctionProps => ({
      functionName: names.of(name),
      description,
      code: join(stackProps.artifacts, "monthly"),
      architecture: deployment.architecture,
      environment: {
        CARELAKE_ENV: environment.name,
        CARELAKE_FUNCTION: name,
        CARELAKE_CONFIG: `s3://${environment.output.bucket}/${environment.output.prefix}${CONFIG_KEY}`,
        CARELAKE_LEDGER_TABLE: table.tableName,
        CARELAKE_GLUE_DATABASE: databaseName,
        CARELAKE_KMS_KEY: key.keyArn,
      },
      key,
      logRetention: deployment.log_days,
      memoryMib: dataset?.memory_mib ?? SMALL_MIB,
      scratchMib: dataset?.scratch_mib ?? SMALL_MIB,
      timeout: dataset === undefined ? Duration.minutes(2) : Duration.minutes(15),
      removalPolicy,
    });
    const jobs = datasets.map((dataset) => {
      const name = capitalised(dataset.name);
      const props = of(dataset.name, `Publishes ${dataset.name}`, dataset);
      const { network } = deployment;
      const carrier =
        dataset.compute === "fargate" && network !== undefined
          ? new ContainerJob(this, name, {
              ...props, name: props.functionName, dataset, project: stackProps.project, network, stateMachineName: names.stack,
            })
          : new PipelineFunction(this, name, props);
      new DatasetJob(carrier, "Job", {
        dataset, place: environment, buckets, ledger: table, database: databaseName, key, role: carrier.role,
      });
      return { dataset, name, carrier };
    });
    const called = jobs.flatMap(({ carrier }) => (carrier instanceof PipelineFunction ? [carrier] : []));
    const containers = jobs.flatMap(({ name, carrier }) => (carrier instanceof ContainerJob ? [{ name, carrier }] : []));
    const steps = {
      plan: new PipelineFunction(this, "Plan", of("plan", "Plans a run")),
      report: new PipelineFunction(this, "Report", of("report", "Reports a run and words its notice")),
      freshness: new PipelineFunction(this, "Freshness", of("freshness", "Tells how long ago runs succeeded")),
    };
    const at = (path: string): string => environment.output.prefix + path;
    const published = datasets.map((dataset) => at(`${dataset.name}/`));
    for (const [{ role }, access] of [
      [steps.plan, { reads: published }],
      [steps.report, { reads: published, writes: [at(`${RUNS_PREFIX}runs/`)] }],
      [steps.freshness, {}],
    ] as const) {
      confine(role, buckets.output, { ...access, objects: [at(CONFIG_KEY)] });
      confine(role, buckets.input, {});
      confine(role, buckets.rejects, {});
      useKey(role, key);
    }
    writeLedger(steps.plan.role, table, ["RUNS"]);
    readLedger(steps.report.role, table);
    writeLedger(steps.report.role, table, ["RUNS"]);
    countSteps(steps.report.role, names.stack);
    readLedger(steps.freshness.role, table);
    describeLedger(steps.freshness.role, table);

    for (const [account, prefixes] of partners(datasets)) {
      const own = prefixes.map((prefix) => environment.input.prefix + prefix);
      const bucketName = environment.input.bucket;
      new PartnerUpload(this, `Partner${account}`, { account, prefixes: own, bucket: buckets.input, bucketName, key });
    }

    const functions = [steps.plan, ...called, steps.report];
    const definition = readFileSync(join(stackProps.project, "statemachine", "pipeline.asl.json"), "utf8");
    const { machine, role } = new StateMachine(this, "StateMachine", {
      stateMachineName: names.stack,
      definition: withContainers(definition, containers.map(({ name }) => name)),
      substitutions: {
        PlanFunction: steps.plan.function.functionArn,
        ReportFunction: steps.report.function.functionArn,
        AlertsTopic: topic.topicArn,
        ...Object.fromEntries(called.map((one) => [`${one.node.id}Function`, one.function.functionArn])),
        ...Object.fromEntries(containers.flatMap(({ name, carrier }) => places(name, carrier, deployment.network))),
      },
      functions: functions.map((one) => one.function.functionArn),
      topic,
      key,
      logRetention: deployment.log_days,
      removalPolicy,
    });
    for (const { carrier } of containers) {
      carrier.allow(role);
    }
    new ExecutionRule(this, "ExecutionRule", { stateMachineArn: machine.stateMachineArn, topic });

    const look: ScheduledCall = {
      name: names.of("freshness"),
      description: "Looks every day how long ago runs succeeded",
      cron: "30 7 * * ? *",
      target: steps.freshness.function.functionArn,
      action: "lambda:InvokeFunction",
      input: {},
    };
    const { schedule } = deployment;
    const monthly: ScheduledCall[] = schedule === undefined ? [] : [
      {
        name: names.of("monthly"),
        description: "Starts the monthly run",
        cron: `0 ${schedule.hour} ${schedule.day} * ? *`,
        target: machine.stateMachineArn,
        action: "states:StartExecution",
        input: { trigger: "schedule", as_of: "<aws.scheduler.scheduled-time>" },
      },
    ];
    const { deadLetters } = new Schedules(this, "Schedules", {
      queueName: names.of("schedule-dead-letters"),
      calls: [look, ...monthly],
      key,
    });
    new Alarms(this, "Alarms", {
      names,
      topic,
      functions: [...functions, steps.freshness],
      datasets,
      deadLetters,
    });
    new Dashboard(this, "Dashboard", { names, publications });
    new Parameters(this, "Parameters", {
      values: {
        [names.parameter("state-machine")]: machine.stateMachineArn,
        [names.parameter("alerts")]: topic.topicArn,
        [names.parameter("ledger")]: table.tableName,
        [names.parameter("database")]: databaseName,
        [names.parameter("input")]: buckets.input.bucketName,
        [names.parameter("output")]: buckets.output.bucketName,
        [names.parameter("rejects")]: buckets.rejects.bucketName,
      },
    });
    new CfnOutput(this, "StateMachineArn", { value: machine.stateMachineArn });
    new CfnOutput(this, "Configuration", {
      value: `s3://${buckets.output.bucketName}/${at(CONFIG_KEY)}`,
      description: "Where functions read pipeline_config.yaml",
    });
    acknowledge(this);
  }
}

function capitalised(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** Returns what stands for the placeholders of a container's task. */
function places(name: string, job: ContainerJob, network: Network | undefined): [string, string][] {
  return [
    [`${name}Cluster`, job.cluster.clusterArn],
    [`${name}Task`, job.task.taskDefinitionArn],
    [`${name}Subnets`, JSON.stringify(network?.subnets ?? [])],
    [`${name}SecurityGroup`, job.securityGroup.securityGroupId],
  ];
}

/** Returns the prefixes of each account that uploads files itself. */
function partners(datasets: readonly DatasetConfig[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { uploader, prefix } of datasets.flatMap((dataset) => dataset.sources)) {
    if (uploader !== undefined) {
      found.set(uploader, [...(found.get(uploader) ?? []), prefix]);
    }
  }
  return found;
}
