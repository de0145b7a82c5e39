import { RemovalPolicy, Stack } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";
import * as kms from "aws-cdk-lib/aws-kms";
import * as logs from "aws-cdk-lib/aws-logs";
import * as sns from "aws-cdk-lib/aws-sns";
import * as sfn from "aws-cdk-lib/aws-stepfunctions";

import { Construct } from "constructs";

export interface StateMachineProps {
  readonly stateMachineName: string;
  /** The definition in the Amazon States Language, with placeholders. */
  readonly definition: string;
  /** What stands for each placeholder. */
  readonly substitutions: Readonly<Record<string, string>>;
  /** ARNs of the functions it calls. */
  readonly functions: readonly string[];
  readonly topic: sns.ITopic;
  readonly key: kms.IKey;
  readonly logRetention: logs.RetentionDays;
  readonly removalPolicy: RemovalPolicy;
}

/** The state machine: logged without the data of executions, traced, and allowed to call its functions and the topic. */
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
    role.addToPolicy(
      new iam.PolicyStatement({ actions: ["lambda:InvokeFunction"], resources: [...props.functions] }),
    );
    role.addToPolicy(new iam.PolicyStatement({ actions: ["sns:Publish"], resources: [props.topic.topicArn] }));
    role.addToPolicy(
      new iam.PolicyStatement({ actions: ["kms:Decrypt", "kms:GenerateDataKey"], resources: [props.key.keyArn] }),
    );
    this.machine = new sfn.StateMachine(this, "Machine", {
      stateMachineName: props.stateMachineName,
      stateMachineType: sfn.StateMachineType.STANDARD,
      definitionBody: sfn.DefinitionBody.fromString(props.definition),
      definitionSubstitutions: { ...props.substitutions },
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
}
