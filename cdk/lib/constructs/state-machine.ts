import { ArnFormat, RemovalPolicy, Stack } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";
import * as kms from "aws-cdk-lib/aws-kms";
import * as logs from "aws-cdk-lib/aws-logs";
import * as s3 from "aws-cdk-lib/aws-s3";
import * as sfn from "aws-cdk-lib/aws-stepfunctions";
import { Construct } from "constructs";

/** What a state machine calls. */
export interface Calls {
  /** ARNs of functions. */
  readonly functions: readonly string[];
  /** ARNs of topics. */
  readonly topics: readonly string[];
  /** ARNs of queues. */
  readonly queues: readonly string[];
  /** Names of state machines that it starts, itself among them where a map is distributed. */
  readonly machines: readonly string[];
  /** Buckets, and the prefix in each below which the items and results of maps are. */
  readonly items: readonly Items[];
}

/** Where items and results of maps are. */
export interface Items {
  readonly bucket: s3.IBucket;
  readonly prefix: string;
}

export interface StateMachineProps {
  readonly stateMachineName: string;
  /** The definition in the Amazon States Language, with placeholders. */
  readonly definition: string;
  /** What stands for each placeholder. */
  readonly substitutions: Readonly<Record<string, string>>;
  /** What it calls. */
  readonly calls: Calls;
  readonly key: kms.IKey;
  readonly logRetention: logs.RetentionDays;
  readonly removalPolicy: RemovalPolicy;
}

/** The state machine: logged without the data of executions, traced, and allowed to call what its definition calls. */
export class StateMachine extends Construct {
  readonly machine: sfn.StateMachine;
  readonly role: iam.Role;

  constructor(scope: Construct, id: string, props: StateMachineProps) {
    super(scope, id);
    const role = (this.role = new iam.Role(this, "Role", {
      description: `Runs ${props.stateMachineName}`,
      assumedBy: new iam.ServicePrincipal("states.amazonaws.com", {
        conditions: { StringEquals: { "aws:SourceAccount": Stack.of(this).account } },
      }),
    }));
    const allow = (actions: string[], resources: readonly string[]): void => {
      if (resources.length > 0) {
        role.addToPolicy(new iam.PolicyStatement({ actions, resources: [...resources] }));
      }
    };
    const { calls } = props;
    allow(["lambda:InvokeFunction"], calls.functions);
    allow(["sns:Publish"], calls.topics);
    allow(["sqs:SendMessage"], calls.queues);
    allow(["states:StartExecution"], calls.machines.map((machine) => this.states("stateMachine", machine)));
    const executions = calls.machines.map((machine) => this.states("execution", `${machine}:*`));
    allow(["states:DescribeExecution", "states:StopExecution"], executions);
    // By this rule, which Step Functions makes itself, a state learns that what it waits for has ended.
    allow(["events:DescribeRule", "events:PutRule", "events:PutTargets"], calls.machines.length === 0 ? [] : [this.rule()]);
    for (const { bucket, prefix } of calls.items) {
      allow(["s3:GetObject", "s3:PutObject"], [bucket.arnForObjects(`${prefix}*`)]);
      role.addToPolicy(
        new iam.PolicyStatement({
          actions: ["s3:ListBucket"], resources: [bucket.bucketArn], conditions: { StringLike: { "s3:prefix": [`${prefix}*`] } },
        }),
      );
    }
    role.addToPolicy(
      new iam.PolicyStatement({ actions: ["kms:Decrypt", "kms:GenerateDataKey"], resources: [props.key.keyArn] }),
    );
    this.machine = new sfn.StateMachine(this, "Machine", {
      stateMachineName: props.stateMachineName,
      stateMachineType: sfn.StateMachineType.STANDARD,
      definitionBody: sfn.DefinitionBody.fromString(props.definition),
      ...(Object.keys(props.substitutions).length === 0 ? {} : { definitionSubstitutions: { ...props.substitutions } }),
      role,
      tracingEnabled: true,
      logs: {
        level: sfn.LogLevel.ALL,
        includeExecutionData: false,
        destination: new logs.LogGroup(this, "Logs", {
          // Names that begin like this are exempt from a limit on the size of resource policies.
          logGroupName: `/aws/vendedlogs/states/${props.stateMachineName}`,
          encryptionKey: props.key,
          retention: props.logRetention,
          removalPolicy: props.removalPolicy,
        }),
      },
    });
  }

  private states(resource: string, resourceName: string): string {
    return Stack.of(this).formatArn({ service: "states", resource, resourceName, arnFormat: ArnFormat.COLON_RESOURCE_NAME });
  }

  private rule(): string {
    return Stack.of(this).formatArn({
      service: "events", resource: "rule", resourceName: "StepFunctionsGetEventsForStepFunctionsExecutionRule",
    });
  }
}
