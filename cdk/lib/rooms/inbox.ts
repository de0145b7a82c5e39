import { Duration } from "aws-cdk-lib";
import * as events from "aws-cdk-lib/aws-events";
import * as iam from "aws-cdk-lib/aws-iam";
import * as lambda from "aws-cdk-lib/aws-lambda";
import * as sqs from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import type { PipelineFunction } from "../constructs/pipeline-function.js";
import type { Room, RoomFunction } from "./rooms.js";
import type { Shared } from "./shared.js";

export interface InboxProps {
  readonly shared: Shared;
  readonly room: Room;
  readonly one: RoomFunction;
  /** What carries the function out. */
  readonly carrier: PipelineFunction;
}

/** One try and three retries, as states have. */
const MOST_RECEIVED = 4;
/** A message is hidden for six times as long as the function may take, as AWS asks for. */
const HIDDEN_TIMES = 6;

/** What Lambda does with a queue in the name of its function. */
const TAKES = ["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"];

/** Calls a function with what is left for good of others of its room. */
export function takeLetters(scope: Construct, id: string, carrier: PipelineFunction, inboxes: readonly Inbox[]): void {
  for (const [index, { deadLetters }] of inboxes.entries()) {
    carrier.rights.allow(TAKES, [deadLetters.queueArn]);
    new lambda.EventSourceMapping(scope, `${id}Mapping${index}`, {
      target: carrier.function, eventSourceArn: deadLetters.queueArn, reportBatchItemFailures: true,
    });
  }
}

/** The queue of a function that is called with batches, what fills it, and what is left of it for good. */
export class Inbox extends Construct {
  readonly queue: sqs.Queue;
  readonly deadLetters: sqs.Queue;
  /** What fills the queue, uploads that were cut off last; nothing if a state machine does. */
  readonly rules: readonly events.Rule[];

  constructor(scope: Construct, id: string, { shared, room, one, carrier }: InboxProps) {
    super(scope, id);
    const queue = (name: string, suffix: string, more: sqs.QueueProps): sqs.Queue =>
      new sqs.Queue(this, name, {
        queueName: shared.names.of(`${one.lambda}${suffix}`),
        encryption: sqs.QueueEncryption.KMS,
        encryptionMasterKey: shared.key,
        enforceSSL: true,
        retentionPeriod: Duration.days(14),
        ...more,
      });
    const letters = room.functions.find(({ source }) => source === "dead_letters") ?? one;
    this.deadLetters = queue("DeadLetters", "-dead-letters", {
      visibilityTimeout: Duration.seconds(letters.timeout_secs * HIDDEN_TIMES),
    });
    this.queue = queue("Queue", "", {
      visibilityTimeout: Duration.seconds(one.timeout_secs * HIDDEN_TIMES),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: MOST_RECEIVED },
    });
    carrier.rights.allow(TAKES, [this.queue.queueArn]);
    new lambda.EventSourceMapping(this, "Mapping", {
      target: carrier.function,
      eventSourceArn: this.queue.queueArn,
      reportBatchItemFailures: true,
      // What a function would refuse for want of calls stays in its queue: four refusals would make dead letters of it.
      ...(one.reserved_concurrency === null ? {} : { maxConcurrency: one.reserved_concurrency }),
      // Pointers that move within a few seconds are told together.
      ...(one.source === "publications" ? { batchSize: 100, maxBatchingWindow: Duration.seconds(5) } : {}),
    });
    const keys = keysOf(shared, room, one);
    this.rules = keys === undefined ? [] : this.fill(shared, one, keys);
  }

  private rule(id: string, description: string, eventPattern: events.EventPattern): events.Rule {
    return new events.Rule(this, id, { description, eventPattern, targets: [{ bind: () => ({ arn: this.queue.queueArn }) }] });
  }

  /** Sends what EventBridge tells of objects into the queue. */
  private fill(shared: Shared, one: RoomFunction, keys: readonly unknown[]): readonly events.Rule[] {
    const { input, output } = shared.config.environment;
    const { bucket } = one.source === "inputs" ? input : output;
    const rules = [this.rule("Rule", `What ${one.name} is told of`, {
      source: ["aws.s3"],
      detailType: ["Object Created"],
      detail: { bucket: { name: [bucket] }, object: { key: keys } },
    })];
    if (one.source === "inputs") {
      rules.push(this.rule("CutOff", `Uploads that failed, which ${one.name} is told of`, {
        source: ["aws.transfer"],
        detailType: ["SFTP Server File Upload Failed"],
        detail: { "file-path": [{ prefix: `/${bucket}/${input.prefix}${one.own}/` }] },
      }));
    }
    this.queue.addToResourcePolicy(
      new iam.PolicyStatement({
        principals: [new iam.ServicePrincipal("events.amazonaws.com")],
        actions: ["sqs:SendMessage"],
        resources: [this.queue.queueArn],
        conditions: { ArnEquals: { "aws:SourceArn": rules.map(({ ruleArn }) => ruleArn) } },
      }),
    );
    return rules;
  }
}

/** Returns which keys of objects a function is told of; none where others send to its queue. */
function keysOf({ config }: Shared, room: Room, one: RoomFunction): unknown[] | undefined {
  const { input, output } = config.environment;
  switch (one.source) {
    case "inputs":
      return [{ prefix: `${input.prefix}${one.own}/` }];
    case "publications":
      return room.listens.map(({ pattern }) => ({ wildcard: `${output.prefix}${pattern}/_current.json` }));
    default:
      return undefined;
  }
}
