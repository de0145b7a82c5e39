import * as events from "aws-cdk-lib/aws-events";
import * as sns from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";

export interface ExecutionRuleProps {
  /** ARN of the state machine that is watched. */
  readonly stateMachineArn: string;
  /** Where the notice goes; `Alerts` lets rules publish to it. */
  readonly topic: sns.ITopic;
}

/** Tells of executions that could not send their own notice. A FAILED one has sent it: nobody is told twice. */
export class ExecutionRule extends Construct {
  constructor(scope: Construct, id: string, props: ExecutionRuleProps) {
    super(scope, id);
    const status = events.EventField.fromPath("$.detail.status");
    const name = events.EventField.fromPath("$.detail.name");
    // Name and status only: the event also holds the input and output of the execution.
    const input = events.RuleTargetInput.fromText(
      `carelake: execution ${name} ended as ${status}. See docs/operations.md#an-execution-timed-out-or-was-stopped`,
    );
    new events.Rule(this, "Rule", {
      description: "carelake execution timed out or was stopped",
      eventPattern: {
        source: ["aws.states"],
        detailType: ["Step Functions Execution Status Change"],
        detail: { status: ["TIMED_OUT", "ABORTED"], stateMachineArn: [props.stateMachineArn] },
      },
      // The library's target would let every account's rules publish; the topic has a policy of its own already.
      targets: [{ bind: () => ({ arn: props.topic.topicArn, input, targetResource: props.topic }) }],
    });
  }
}
