/** What delivers records of streams to the function that takes them. */

import { ArnFormat, Duration, Stack } from "aws-cdk-lib";
import * as lambda from "aws-cdk-lib/aws-lambda";
import * as sqs from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import type { StreamConfig } from "../config.js";
import type { PipelineFunction } from "../constructs/pipeline-function.js";
import { confine, lookUp, useKey } from "../permissions.js";
import type { Shared } from "./shared.js";

/** The function that takes records. */
export const TAKES = "stream_take";
/** What is delivered at once: each call stages one file, and a call may have 6 MB. */
const BATCH = { batchSize: 1000, maxBatchingWindow: Duration.seconds(10) };
/** How often what fails is delivered again before it is given up. */
const RETRIES = 10;
/** How old a record may get: a table keeps records for 24 hours, and what is given up must still be read by hand. */
const MOST_AGE = Duration.hours(20);

export interface DeliveriesProps {
  readonly shared: Shared;
  /** What carries the function out that takes records. */
  readonly carrier: PipelineFunction;
}

/** The mappings of streams that AWS delivers, and the queue of ranges that were given up. */
export class Deliveries extends Construct {
  /** It holds where records were, and none of them. */
  readonly deadLetters: sqs.Queue;

  constructor(scope: Construct, id: string, { shared, carrier }: DeliveriesProps) {
    super(scope, id);
    this.deadLetters = new sqs.Queue(this, "DeadLetters", {
      queueName: shared.names.of("stream-failures"),
      encryption: sqs.QueueEncryption.KMS,
      encryptionMasterKey: shared.key,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    // Lambda puts ranges there in the name of the function.
    carrier.rights.allow(["sqs:SendMessage"], [this.deadLetters.queueArn]);
    useKey(carrier.rights, shared.key, "sqs");
    this.lookUp(shared, carrier);
    for (const stream of shared.config.streams) {
      if (stream.kind === "dynamodb" || stream.kind === "kinesis") {
        this.deliver(stream, carrier, shared.config.environment.name);
      }
    }
  }

  /** Lets the function read what its streams look up, and nothing beside it. */
  private lookUp({ config: { environment, streams }, output }: Shared, carrier: PipelineFunction): void {
    const lookups = streams.flatMap(({ lookups = [] }) => lookups);
    const publications = lookups.flatMap(({ publication }) => (publication === undefined ? [] : [publication]));
    confine(carrier.rights, output, { reads: [...new Set(publications)].map((name) => `${environment.output.prefix}${name}/`) });
    lookUp(carrier.rights, lookups.flatMap(({ table, region }) => (table === undefined ? [] : [{ table, region }])));
  }

  private deliver(stream: StreamConfig, carrier: PipelineFunction, environment: string): void {
    const { region, urlSuffix } = Stack.of(this);
    const eventSourceArn = this.arnOf(stream, environment);
    if (stream.kind === "dynamodb") {
      carrier.rights.allow(["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"], [eventSourceArn]);
      // IAM knows no resource for this one.
      carrier.rights.allow(["dynamodb:ListStreams"], ["*"]);
    } else {
      const reads = ["DescribeStream", "DescribeStreamSummary", "GetRecords", "GetShardIterator", "ListShards"];
      carrier.rights.allow(reads.map((action) => `kinesis:${action}`), [eventSourceArn]);
    }
    if (stream.key !== undefined) {
      carrier.rights.allow(["kms:Decrypt"], [stream.key], { StringEquals: { "kms:ViaService": [`${stream.kind}.${region}.${urlSuffix}`] } });
    }
    const { prefilter = [] } = stream;
    new lambda.EventSourceMapping(this, stream.name, {
      target: carrier.function,
      eventSourceArn,
      startingPosition: lambda.StartingPosition.TRIM_HORIZON,
      ...BATCH,
      reportBatchItemFailures: true,
      bisectBatchOnError: true,
      retryAttempts: RETRIES,
      maxRecordAge: MOST_AGE,
      onFailure: { bind: () => ({ destination: this.deadLetters.queueArn }) },
      ...(prefilter.length === 0 ? {} : { filters: [lambda.FilterCriteria.filter({ eventName: [...prefilter] })] }),
    });
  }

  private arnOf({ name, kind, source, arn }: StreamConfig, environment: string): string {
    if (arn !== undefined) {
      return arn;
    }
    if (kind === "dynamodb") {
      throw new Error(
        `streams.${name}.aws.${environment}.arn: is missing; ` +
        `aws dynamodb describe-table --table-name ${source} --query Table.LatestStreamArn prints it`,
      );
    }
    return Stack.of(this).formatArn({ service: kind, resource: "stream", resourceName: source, arnFormat: ArnFormat.SLASH_RESOURCE_NAME });
  }
}
