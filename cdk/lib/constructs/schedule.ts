import { Duration, Stack } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";
import * as kms from "aws-cdk-lib/aws-kms";
import * as scheduler from "aws-cdk-lib/aws-scheduler";
import * as sqs from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";

export interface ScheduledCall {
  readonly name: string;
  readonly description: string;
  /** Six fields, in UTC. */
  readonly cron: string;
  /** State machine or function. */
  readonly target: string;
  readonly action: "states:StartExecution" | "lambda:InvokeFunction";
  readonly input: Readonly<Record<string, string>>;
}

export interface SchedulesProps {
  readonly queueName: string;
  readonly calls: readonly ScheduledCall[];
  readonly key: kms.IKey;
}

/** How long and how often a call that could not be made is tried again: a day, as long as a run is worth starting late. */
const RETRY = { maximumEventAgeInSeconds: 86_400, maximumRetryAttempts: 185 };

/** Calls by the calendar. What could not be called for a day is kept in a queue, which has an alarm. */
export class Schedules extends Construct {
  readonly deadLetters: sqs.Queue;

  constructor(scope: Construct, id: string, props: SchedulesProps) {
    super(scope, id);
    this.deadLetters = new sqs.Queue(this, "DeadLetters", {
      queueName: props.queueName,
      encryption: sqs.QueueEncryption.KMS,
      encryptionMasterKey: props.key,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    const role = new iam.Role(this, "Role", {
      description: "Starts what is scheduled",
      assumedBy: new iam.ServicePrincipal("scheduler.amazonaws.com", {
        conditions: { StringEquals: { "aws:SourceAccount": Stack.of(this).account } },
      }),
    });
    role.addToPolicy(
      new iam.PolicyStatement({ actions: ["sqs:SendMessage"], resources: [this.deadLetters.queueArn] }),
    );
    role.addToPolicy(
      new iam.PolicyStatement({ actions: ["kms:Decrypt", "kms:GenerateDataKey"], resources: [props.key.keyArn] }),
    );
    for (const call of props.calls) {
      role.addToPolicy(new iam.PolicyStatement({ actions: [call.action], resources: [call.target] }));
      const schedule = new scheduler.CfnSchedule(this, call.name, {
        name: call.name,
        description: call.description,
        scheduleExpression: `cron(${call.cron})`,
        scheduleExpressionTimezone: "UTC",
        flexibleTimeWindow: { mode: "OFF" },
        kmsKeyArn: props.key.keyArn,
        target: {
          arn: call.target,
          roleArn: role.roleArn,
          input: JSON.stringify(call.input),
          deadLetterConfig: { arn: this.deadLetters.queueArn },
          retryPolicy: RETRY,
        },
      });
      schedule.node.addDependency(role);
    }
  }
}
